/** A storage that takes its time and fails as it is told, and knows what is durable in it. */

import { type AsideStore, Session, type Storage } from '../../src/index.ts';
import { MemorySession } from './memory-session.ts';

/** Durable is what `save` or `put` put there before it resolved. */
export class SlowStorage implements Storage {
  readonly calls: string[] = [];
  /** Thrown by the calls that it names, as often as it is there. */
  readonly fails: Partial<Record<'load' | 'save' | 'close' | 'put', unknown>> = {};
  /** How many turns of the event loop a save takes. */
  turns = 1;
  /** How many saves run at the same time, at most. */
  overlap = 0;
  readonly aside?: AsideStore;
  held?: AbortSignal;
  readonly #inner: MemorySession;
  #running = 0;

  constructor(session: Session | null = null, { aside = true } = {}) {
    this.#inner = new MemorySession(session);
    if (!aside) return;
    const { aside: inner } = this.#inner;
    this.aside = {
      put: async (kept, reason) => {
        const copy = new Session(kept);
        await this.#take('put', reason);
        return inner.put(copy, reason);
      },
      list: () => inner.list(),
      get: (id) => inner.get(id),
      forget: (id) => inner.forget(id),
    };
  }

  /** What is durable now. */
  stored(): Promise<Session | null> {
    return this.#inner.load();
  }

  async load(): Promise<Session | null> {
    await this.#take('load');
    return this.#inner.load();
  }

  async save(session: Session): Promise<void> {
    const copy = new Session(session);
    await this.#take('save');
    await this.#inner.save(copy);
  }

  async close(): Promise<void> {
    await this.#take('close');
  }

  async #take(call: 'load' | 'save' | 'close' | 'put', what = ''): Promise<void> {
    this.calls.push(`${call}${what && ` ${what}`}`);
    this.#running++;
    this.overlap = Math.max(this.overlap, this.#running);
    for (let i = 0; i < this.turns; i++) await new Promise((resolve) => setImmediate(resolve));
    this.#running--;
    if (call in this.fails) throw this.fails[call];
  }
}
