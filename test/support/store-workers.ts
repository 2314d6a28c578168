/** Processes that use sessions of a store, see store-worker.ts: what they say, and what it comes to. */

import type { StoreKind } from './open-store.ts';
import { type Child, startChild } from './process.ts';

/** What a worker said. Times are in milliseconds of a clock that processes share. */
export interface Said {
  event: string;
  at: number;
  name?: string;
  pts?: number;
  /** Which of its loads. */
  turn?: number;
  code?: string;
  command?: string;
}

/** The time, in the clock that processes share. */
export function sharedNow(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** How long an event is waited for, in milliseconds: longer than anything takes on a busy machine. */
const PATIENCE = 120_000;

/** A worker. */
export class StoreWorker {
  readonly child: Child;
  /** All that it said, in order. */
  readonly said: Said[] = [];
  /** How many of each event were asked for. */
  readonly #asked = new Map<string, number>();
  #wake = () => {};
  #hasEnded = false;
  readonly #ended: Promise<void>;

  /** @param more further arguments of the script, as JSON */
  constructor(kind: StoreKind, url: string, where: string, more: unknown[], script = 'store-worker.ts') {
    this.child = startChild(script, [kind, url, where, ...more.map((one) => JSON.stringify(one))]);
    this.#ended = this.#read();
  }

  tell(...words: (string | number)[]): void {
    this.child.send(words.join(' '));
  }

  /** The next event of a kind; each is given once. Rejects if it never comes. */
  async next(event: string): Promise<Said> {
    const asked = this.#asked.get(event) ?? 0;
    this.#asked.set(event, asked + 1);
    const giveUp = setTimeout(() => this.#wake(), PATIENCE);
    const since = performance.now();
    try {
      return await this.#find(event, asked, since);
    } finally {
      clearTimeout(giveUp);
    }
  }

  async #find(event: string, asked: number, since: number): Promise<Said> {
    for (;;) {
      const found = this.said.filter((one) => one.event === event)[asked];
      if (found !== undefined) return found;
      if (this.#hasEnded) throw new Error(`The worker ended, and never said: ${event}.`);
      if (performance.now() - since >= PATIENCE - 1) {
        const last = this.said.filter((one) => one.event !== 'holds').slice(-5);
        throw new Error(`The worker never said: ${event}. It said last: ${JSON.stringify(last)}`);
      }
      await new Promise<void>((resolve) => {
        const others = this.#wake;
        this.#wake = () => {
          others();
          resolve();
        };
      });
    }
  }

  /** All events of a kind so far. */
  all(event: string): Said[] {
    return this.said.filter((one) => one.event === event);
  }

  signal(signal: NodeJS.Signals): void {
    this.child.process.kill(signal);
  }

  /** Kills it, and waits until all that it said was read. */
  async kill(): Promise<void> {
    await this.child.kill();
    await this.#ended;
  }

  /** Waits for its end; gives the signal that ended it, or its exit code. */
  async end(): Promise<NodeJS.Signals | number | null> {
    await this.child.end();
    await this.#ended;
    return this.child.process.signalCode ?? this.child.process.exitCode;
  }

  async #read(): Promise<void> {
    for (;;) {
      const line = await this.child.line();
      if (line === null) break;
      if (line.endsWith('}')) this.said.push(JSON.parse(line));
      this.#wake();
    }
    this.#hasEnded = true;
    this.#wake();
  }
}

/** For how long one worker believed to hold a session, without a break. */
export interface Holding {
  worker: number;
  turn: number;
  name: string;
  from: number;
  to: number;
}

/** For each session and load of each worker, from when to when it believed to hold it. */
export function holdings(workers: readonly StoreWorker[]): Holding[] {
  const found = new Map<string, Holding>();
  for (const [worker, { said }] of workers.entries()) {
    for (const { event, at, name = '', turn = 0 } of said) {
      if (event !== 'holds') continue;
      const one = found.get(`${worker} ${turn} ${name}`);
      if (one !== undefined) one.to = at;
      else found.set(`${worker} ${turn} ${name}`, { worker, turn, name, from: at, to: at });
    }
  }
  return [...found.values()].sort((a, b) => a.from - b.from);
}

/** Holdings of one session that overlap, as sentences. */
export function overlaps(all: readonly Holding[]): string[] {
  const last = new Map<string, Holding>();
  const found: string[] = [];
  for (const one of all) {
    const before = last.get(one.name);
    if (before !== undefined && one.from <= before.to) {
      found.push(
        `${one.name}: worker ${one.worker} began ${(before.to - one.from).toFixed(1)} ms before worker ${before.worker} ended`,
      );
    }
    if (before === undefined || one.to > before.to) last.set(one.name, one);
  }
  return found;
}
