/** {@link WaitingRoom}: who waits for sessions, and who is told that it may be their turn. */

import { SessionError } from '../errors.ts';
import type { Backend } from './backend.ts';
import type { Clock } from './clock.ts';

/** How often it is asked whether leases have run out, in milliseconds, however many wait. */
const ASK_EVERY = 1000;
/** Names that one request asks for at most. */
const BATCH = 1000;

/** A place in the room. */
export interface Ticket {
  /**
   * Resolves when it is worth trying again: what is waited for may be free.
   *
   * @param expiresIn how long the lease lasts unless it is renewed, in milliseconds, as the last try found; null if unknown
   * @param ms how long to wait at most: then it resolves too
   * @throws SessionError `ABORTED`, or the signal's own reason if that is a SessionError
   */
  turn(expiresIn: number | null, ms: number, signal: AbortSignal | null): Promise<void>;
  /** Leaves the room. */
  leave(): void;
}

/**
 * Waits for leases, of all who wait in this process together. A lease that is given back wakes the one who has waited the
 * longest for it, and nobody else. Leases that run out are asked for, once a second for all of them together; where the
 * database cannot tell of those that are given back, these as well.
 */
export class WaitingRoom {
  readonly #backend: Pick<Backend, 'expiries' | 'onRelease'>;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  /** Who waits for a name, the first one first; under null who waits for any. */
  readonly #queues = new Map<string | null, Waiter[]>();
  #listening: Promise<(() => Promise<void>) | null> | null = null;
  #hears = false;
  #stopTimer: (() => void) | null = null;

  /** @param onError hears what kept the room from listening or asking; it goes on */
  constructor(
    backend: Pick<Backend, 'expiries' | 'onRelease'>,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#backend = backend;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** Takes a place. From then on nothing is missed: try once more, and then wait for the turn. */
  async enter(name: string | null): Promise<Ticket> {
    const waiter = new Waiter(this.#clock);
    const queue = this.#queues.get(name);
    if (queue === undefined) this.#queues.set(name, [waiter]);
    else queue.push(waiter);
    this.#stopTimer ??= this.#askLater();
    this.#listening ??= this.#listen();
    await this.#listening;
    return {
      turn: (expiresIn, ms, signal) => waiter.turn(expiresIn, ms, signal),
      leave: () => this.#leave(name, waiter),
    };
  }

  /** Ends what the room has opened. */
  async close(): Promise<void> {
    this.#stopTimer?.();
    this.#stopTimer = null;
    const stopListening = await this.#listening;
    this.#listening = null;
    this.#hears = false;
    await stopListening?.();
  }

  #leave(name: string | null, waiter: Waiter): void {
    const queue = this.#queues.get(name)?.filter((other) => other !== waiter) ?? [];
    if (queue.length > 0) this.#queues.set(name, queue);
    else this.#queues.delete(name);
    // Who was called and goes without having tried passes it on.
    if (waiter.isCalled) this.#call(name);
    if (this.#queues.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = null;
  }

  /** A name, or (null) any of them, may be free. */
  #call(name: string | null): void {
    const [first] = this.#queues.get(name) ?? this.#queues.get(null) ?? [];
    first?.call();
  }

  async #listen(): Promise<(() => Promise<void>) | null> {
    try {
      const stop = await this.#backend.onRelease((name) => {
        if (name === null) void this.#ask(true);
        else this.#call(name);
      });
      this.#hears = true;
      return stop;
    } catch (error) {
      this.#onError(error);
      return null;
    }
  }

  #askLater(): () => void {
    return this.#clock.after(ASK_EVERY, async () => {
      await this.#ask(!this.#hears);
      if (this.#stopTimer !== null) this.#stopTimer = this.#askLater();
    });
  }

  /** @param all whether to ask for every name, and not only for those whose lease may have run out */
  async #ask(all: boolean): Promise<void> {
    this.#call(null);
    const due: string[] = [];
    for (const [name, [first]] of this.#queues) {
      if (name !== null && (all || first!.expiresAt <= this.#clock.now())) due.push(name);
    }
    try {
      for (let i = 0; i < due.length; i += BATCH) await this.#askFor(due.slice(i, i + BATCH));
    } catch (error) {
      this.#onError(error);
    }
  }

  async #askFor(names: string[]): Promise<void> {
    const left = await this.#backend.expiries(names);
    for (const [i, name] of names.entries()) {
      const expiresIn = left[i] ?? 0;
      if (expiresIn <= 0) this.#call(name);
      else
        for (const waiter of this.#queues.get(name) ?? []) waiter.expiresAt = this.#clock.now() + expiresIn;
    }
  }
}

/** One who waits. */
class Waiter {
  readonly #clock: Clock;
  /** When the lease that is waited for may run out, by the clock; until that is known, at once. */
  expiresAt = 0;
  /** Called, and not yet heard. */
  isCalled = false;
  #wake: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  call(): void {
    this.isCalled = true;
    this.#wake?.();
  }

  async turn(expiresIn: number | null, ms: number, signal: AbortSignal | null): Promise<void> {
    if (expiresIn !== null) this.expiresAt = this.#clock.now() + expiresIn;
    if (!this.isCalled) await this.#wait(ms, signal);
    // A call that came with the abort is not heard: it is passed on.
    if (signal?.aborted) throw abortError(signal);
    this.isCalled = false;
  }

  #wait(ms: number, signal: AbortSignal | null): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        stopTimer();
        signal?.removeEventListener('abort', end);
        this.#wake = null;
        resolve();
      };
      const stopTimer = Number.isFinite(ms) ? this.#clock.after(ms, end) : () => {};
      this.#wake = end;
      signal?.addEventListener('abort', end);
      if (signal?.aborted) end();
    });
  }
}

/** What ends a wait that its signal ended. */
export function abortError({ reason }: AbortSignal): SessionError {
  if (reason instanceof SessionError) return reason;
  return new SessionError('ABORTED', 'The wait for a session was ended by its signal.', { cause: reason });
}
