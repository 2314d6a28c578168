/** A clock whose time passes only when a test says so. */

import type { Clock } from '../../src/stores/clock.ts';

interface Timer {
  at: number;
  call: () => void;
  isOff: boolean;
}

export class ManualClock implements Clock {
  #now = 1000;
  /** The next one first. */
  readonly #timers: Timer[] = [];

  now(): number {
    return this.#now;
  }

  after(ms: number, call: () => void): () => void {
    const timer = { at: this.#now + Math.max(ms, 0), call, isOff: false };
    let [from, to] = [0, this.#timers.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (this.#timers[middle]!.at <= timer.at) from = middle + 1;
      else to = middle;
    }
    this.#timers.splice(from, 0, timer);
    return () => {
      timer.isOff = true;
    };
  }

  /** Lets time pass, timer by timer; what they begin comes to rest before the next one. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    await rest();
    for (let next = this.#timers[0]; next !== undefined && next.at <= end; next = this.#timers[0]) {
      this.#timers.shift();
      if (next.isOff) continue;
      this.#now = Math.max(this.#now, next.at);
      next.call();
      await rest();
    }
    this.#now = end;
  }

  /** Time goes on, but no timer has its turn: as in a process that is stopped. They are late afterwards. */
  freezeTimers(ms: number): void {
    this.#now += ms;
  }
}

function rest(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
