/**
 * A correct storage, as plain as can be, to break in tests: a shelf that several storages stand in front of, as
 * processes do in front of a file. It has a hold, and saves that can be made to fail.
 */

import { type Holder, Session, SessionError, SessionHeldError, type Storage } from '../../src/index.ts';
import type { Place } from '../../src/testing/index.ts';

/** What lies there, and who has it. */
export class Shelf {
  text: string | null = null;
  holder: Storage | null = null;
  fails = false;
}

const HOLDER: Holder = { pid: 7, host: 'shelf', since: new Date(0), label: null };

/** A storage on a shelf. Its steps are methods of their own, so that a test can break one of them. */
export class ShelfSession implements Storage {
  readonly shelf: Shelf;
  #queue: Promise<unknown> = Promise.resolve();

  constructor(shelf: Shelf) {
    this.shelf = shelf;
  }

  load(): Promise<Session | null> {
    return this.inTurn(async () => {
      this.take();
      return this.decode(this.shelf.text);
    });
  }

  async save(session: Session): Promise<void> {
    const text = this.encode(session);
    await this.inTurn(async () => {
      this.take();
      await this.write(text);
    });
  }

  close(): Promise<void> {
    return this.inTurn(async () => this.release());
  }

  take(): void {
    if (this.shelf.holder !== null && this.shelf.holder !== this)
      throw new SessionHeldError('The shelf', HOLDER);
    this.shelf.holder = this;
  }

  release(): void {
    if (this.shelf.holder === this) this.shelf.holder = null;
  }

  async write(text: string | null): Promise<void> {
    await Promise.resolve();
    if (this.shelf.fails) throw new SessionError('IO', 'The shelf is full.');
    this.shelf.text = text;
  }

  encode(session: Session): string {
    const { dcs, user, state } = session.with({});
    return JSON.stringify({ user, state, dcs: dcs.map((dc) => ({ ...dc, auth: dc.auth && [...dc.auth] })) });
  }

  decode(text: string | null): Session | null {
    if (text === null) return null;
    const { dcs, ...rest } = JSON.parse(text);
    const bytes = (auth: number[] | null) => auth && Uint8Array.from(auth);
    return new Session({
      ...rest,
      dcs: dcs.map((dc: { auth: number[] }) => ({ ...dc, auth: bytes(dc.auth) })),
    });
  }

  inTurn<T>(call: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(call);
    this.#queue = result.catch(() => {});
    return result;
  }
}

/** A place for the conformance suite, with what is declared of it. */
export function shelfPlace(
  make: (shelf: Shelf) => Storage,
  shelf = new Shelf(),
): Required<Omit<Place, 'cleanup' | 'peers'>> {
  return {
    storage: () => make(shelf),
    persistent: true,
    hold: true,
    failSaves: (on) => {
      shelf.fails = on;
    },
  };
}
