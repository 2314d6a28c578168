/**
 * One session in two slots. A driver may leave half of what it was writing when it is killed, as that for files does, so
 * what was saved last is not written over: saves take turns between the slots, and the newest whole one counts.
 */

import { SessionError } from '../../errors.ts';
import type { Session } from '../../session.ts';
import { calling, type Kept, keptFromItem, keptToText, type UnstorageLike } from './items.ts';

export class Slots {
  readonly #storage: UnstorageLike;
  readonly #keys: readonly [string, string];

  /** @param key of the session, without that of a slot */
  constructor(storage: UnstorageLike, key: string) {
    this.#storage = storage;
    this.#keys = [`${key}:0`, `${key}:1`];
  }

  /** The session saved last, or null. @throws SessionError `DAMAGED`, `IO` */
  async read(): Promise<Kept | null> {
    const [first, second] = await Promise.all(this.#keys.map((key) => this.#readOne(key)));
    const kept = [first, second].filter((one) => one !== null && !(one instanceof SessionError)) as Kept[];
    if (kept.length > 0) return kept.reduce((a, b) => (a.save >= b.save ? a : b));
    const broken = [first, second].find((one) => one instanceof SessionError);
    if (broken !== undefined) throw broken;
    return null;
  }

  /**
   * Writes a session beside the one before. Where that has keys that this one has not, as after a logout, it is removed.
   *
   * @param before what `read` gave
   */
  async write(session: Session, before: Kept | null): Promise<Kept> {
    const kept = { save: (before?.save ?? 0) + 1, savedAt: new Date(), session };
    const [next, other] = kept.save % 2 === 0 ? this.#keys : [this.#keys[1], this.#keys[0]];
    await calling('A save', () => this.#storage.setItem(next, keptToText(kept)));
    if (before !== null && hasOtherKeys(before.session, session)) {
      await calling('A save', () => this.#storage.removeItem(other));
    }
    return kept;
  }

  /** Removes the session. Says whether there was anything. */
  async remove(): Promise<boolean> {
    const items = await Promise.all(
      this.#keys.map((key) => calling('A look', () => this.#storage.getItem(key))),
    );
    for (const key of this.#keys) await calling('A deletion', () => this.#storage.removeItem(key));
    return items.some((item) => item !== null && item !== undefined);
  }

  async #readOne(key: string): Promise<Kept | SessionError | null> {
    const item = await calling('A load', () => this.#storage.getItem(key));
    if (item === null || item === undefined) return null;
    try {
      return keptFromItem(key, item);
    } catch (error) {
      return error as SessionError;
    }
  }
}

function hasOtherKeys(before: Session, after: Session): boolean {
  return before.dcs.some(
    ({ auth }) =>
      auth !== null &&
      !after.dcs.some((dc) => dc.auth !== null && auth.every((byte, i) => byte === dc.auth![i])),
  );
}
