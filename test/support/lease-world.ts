/**
 * A world for the model of the leases: processes with clocks of their own, which are stopped, cut off, crash and start anew,
 * around one database. Time passes from event to event, so that a minute takes a few milliseconds.
 */

import { SessionError } from '../../src/errors.ts';
import type { Backend } from '../../src/stores/backend.ts';
import type { Clock } from '../../src/stores/clock.ts';
import { MemoryBackend } from '../../src/stores/memory/memory-backend.ts';

/** A number from 0 to below 1. */
export type Random = () => number;

/** Random numbers that a seed decides. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Event {
  at: number;
  run: () => void;
}

/** The world: the time, what will happen, and the database. */
export class World {
  readonly random: Random;
  readonly database: MemoryBackend;
  now = 0;
  /** How far the clock of the database is ahead. */
  #databaseAhead = 0;
  #hasJumpedAhead = false;
  #events: Event[] = [];

  constructor(random: Random) {
    this.random = random;
    this.database = new MemoryBackend(() => Date.UTC(2026, 0, 1) + this.now + this.#databaseAhead);
  }

  /** Something happens after a while. */
  at(ms: number, run: () => void): Event {
    const event = { at: this.now + Math.max(ms, 0), run };
    let place = this.#events.length;
    while (place > 0 && this.#events[place - 1]!.at > event.at) place--;
    this.#events.splice(place, 0, event);
    return event;
  }

  cancel(event: Event): void {
    const place = this.#events.indexOf(event);
    if (place >= 0) this.#events.splice(place, 1);
  }

  /**
   * The clock of the database jumps. Ahead it does only once, as what it does within one lease has to stay below the margin:
   * to jump further is to end leases early, which no protocol can tell from their end.
   */
  setDatabaseClock(ms: number): void {
    if (ms > 0 && this.#hasJumpedAhead) return;
    this.#hasJumpedAhead ||= ms > 0;
    this.#databaseAhead += ms;
  }

  /** Lets time pass; looks at the world after each event has come to rest. */
  async pass(ms: number, look: () => void): Promise<void> {
    const end = this.now + ms;
    for (let next = this.#events[0]; next !== undefined && next.at <= end; next = this.#events[0]) {
      this.#events.shift();
      this.now = next.at;
      next.run();
      await rest();
      look();
    }
    this.now = end;
  }
}

/** A process: its clock runs a little fast or slow, and it does nothing while it is stopped. */
export class Process implements Clock {
  readonly backend: Backend;
  isDead = false;
  isStopped = false;
  /** What the way to the database does to what is sent now. */
  network: 'good' | 'slow' | 'cut' = 'good';
  readonly #world: World;
  readonly #rate: number;
  readonly #offset: number;
  #waiting: (() => void)[] = [];
  #lastArrival = 0;

  constructor(world: World) {
    this.#world = world;
    this.#rate = 0.99 + world.random() * 0.02;
    this.#offset = world.random() * 1e6;
    this.backend = this.#remote(world.database);
  }

  now(): number {
    return this.#offset + this.#world.now * this.#rate;
  }

  after(ms: number, call: () => void): () => void {
    const event = this.#world.at(ms / this.#rate, () => this.#whenRunning(call));
    return () => {
      this.#world.cancel(event);
      this.#waiting = this.#waiting.filter((other) => other !== call);
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  stop(): void {
    this.isStopped = true;
  }

  /** Goes on: what came meanwhile happens now, timers first, as in an event loop. */
  resume(): void {
    this.isStopped = false;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const call of waiting) call();
  }

  crash(): void {
    this.isDead = true;
    this.#waiting = [];
  }

  #whenRunning(call: () => void): void {
    if (this.isDead) return;
    if (this.isStopped) this.#waiting.push(call);
    else call();
  }

  /** The database, at the other end of this process's network. */
  #remote(database: MemoryBackend): Backend {
    return new Proxy<Backend>(database, {
      get: (target, name) => {
        const method = target[name as keyof Backend];
        if (name === 'onRelease')
          return (listener: (name: string | null) => void) => this.#listen(database, listener);
        if (typeof method !== 'function') return method;
        return (...args: unknown[]) =>
          this.#call(() => (method as (...args: unknown[]) => Promise<unknown>).apply(target, args));
      },
    });
  }

  #call(arrive: () => Promise<unknown>): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const fail = () => this.#whenRunning(() => reject(new SessionError('IO', 'the connection was cut')));
      const lost = this.#world.random();
      const there = this.#delay();
      // What is sent on one connection arrives in order.
      const arrival = Math.max(this.#world.now + there, this.#lastArrival);
      if (this.network === 'cut' && lost < 0.5) {
        this.#world.at(there * 3, fail);
        return;
      }
      this.#lastArrival = arrival;
      const isAnswerLost = this.network === 'cut' || (this.network === 'slow' && lost < 0.1);
      this.#world.at(arrival - this.#world.now, () => {
        void arrive().then((value) => {
          const back = this.#delay();
          // An answer may get lost without anybody being told.
          if (isAnswerLost && lost > 0.9) return;
          this.#world.at(back, isAnswerLost ? fail : () => this.#whenRunning(() => resolve(value)));
        });
      });
    });
  }

  async #listen(
    database: MemoryBackend,
    listener: (name: string | null) => void,
  ): Promise<() => Promise<void>> {
    return database.onRelease((name) => {
      if (this.network !== 'cut')
        this.#world.at(this.#delay(), () => this.#whenRunning(() => listener(name)));
    });
  }

  #delay(): number {
    const part = this.#world.random();
    if (this.network === 'good') return part * 5;
    // Now and then something is on its way for longer than any lease lasts.
    return part > 0.95 ? 1000 + this.#world.random() * 1500 : part * part * 900;
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
