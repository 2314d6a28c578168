/** {@link SaveBehind}: changes made at once, saved behind. */

/** How a {@link SaveBehind} saves. */
export interface SaveBehindOptions {
  /**
   * Saves what there is. It calls `seen` at the moment whose changes it saves: what changes later is for the next save.
   */
  save(seen: () => void): Promise<void>;
  /** Hears of each save that failed. */
  onError(error: unknown): void;
}

interface Waiter {
  change: number;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * Saves what others change, in order and one save at a time.
 *
 * - All changes of one turn of the event loop, and all that are made while a save is under way, are one save.
 * - A save that failed is tried again with the next change, or when somebody waits for it: never by itself, over and over.
 */
export class SaveBehind {
  readonly #options: SaveBehindOptions;
  /** Number of the last change, of the last one whose save was tried, and of the last one that is saved. */
  #change = 0;
  #tried = 0;
  #saved = 0;
  #isSaving = false;
  #waiters: Waiter[] = [];

  constructor(options: SaveBehindOptions) {
    this.#options = options;
  }

  /** Whether there are changes that are not saved. */
  get isBehind(): boolean {
    return this.#saved < this.#change;
  }

  /** Says that something changed: it is saved after this turn of the event loop. */
  changed(): void {
    this.#change++;
    void this.#run();
  }

  /**
   * Resolves when all changes made until now are saved, at once if they are.
   *
   * @throws what the save threw that was to save them
   */
  flush(): Promise<void> {
    if (!this.isBehind) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiters.push({ change: this.#change, resolve, reject });
      void this.#run();
    });
  }

  async #run(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    do {
      await endOfTurn();
      await this.#saveOnce();
      // Somebody may already wait for another try of the same change.
    } while (this.#tried < this.#change || this.#waiters.length > 0);
    this.#isSaving = false;
  }

  async #saveOnce(): Promise<void> {
    let change = this.#change;
    try {
      await this.#options.save(() => {
        change = this.#change;
      });
    } catch (error) {
      this.#tried = change;
      // Whoever waits for a change made since waits for the next save.
      const waiting = this.#takeWaiters(change);
      report(this.#options.onError, error);
      for (const { reject } of waiting) reject(error);
      return;
    }
    this.#tried = change;
    this.#saved = change;
    for (const { resolve } of this.#takeWaiters(change)) resolve();
  }

  #takeWaiters(change: number): Waiter[] {
    const taken = this.#waiters.filter((waiter) => waiter.change <= change);
    this.#waiters = this.#waiters.filter((waiter) => waiter.change > change);
    return taken;
  }
}

/** Tells a listener, whose own failure stops nobody else: it comes up as one that nobody caught. */
export function report<T>(listener: ((what: T) => void) | undefined, what: T): void {
  try {
    listener?.(what);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => {
    // Not every runtime has the first, which does not round up to a millisecond or more.
    if (typeof setImmediate === 'function') setImmediate(resolve);
    else setTimeout(resolve, 0);
  });
}
