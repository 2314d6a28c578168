/**
 * A value in two slots. A driver may leave half of what it was writing when it is killed, as that for files does, so what
 * was saved last is not written over: saves take turns between the slots, and the newest whole one counts.
 */

import { SessionError } from '../../errors.ts';
import { calling, type Kept, keptFromItem, keptToText, type Texts, type UnstorageLike } from './items.ts';

export class Slots<T> {
  readonly #storage: UnstorageLike;
  readonly #keys: readonly [string, string];
  readonly #texts: Texts<T>;

  /** @param key of the value, without that of a slot */
  constructor(storage: UnstorageLike, key: string, texts: Texts<T>) {
    this.#storage = storage;
    this.#keys = [`${key}:0`, `${key}:1`];
    this.#texts = texts;
  }

  /** The value saved last, or null. @throws SessionError `DAMAGED`, `IO` */
  async read(): Promise<Kept<T> | null> {
    let newest: Kept<T> | null = null;
    let broken: SessionError | null = null;
    for (const one of await Promise.all(this.#keys.map((key) => this.#readOne(key)))) {
      if (one instanceof SessionError) broken = one;
      else if (one !== null && (newest === null || one.save > newest.save)) newest = one;
    }
    if (newest === null && broken !== null) throw broken;
    return newest;
  }

  /**
   * Writes a value beside the one before.
   *
   * @param before what `read` gave
   * @param alone whether the one before is removed then
   */
  async write(value: T, before: Kept<T> | null, alone = false): Promise<void> {
    const save = (before?.save ?? 0) + 1;
    const [next, other] = save % 2 === 0 ? this.#keys : [this.#keys[1], this.#keys[0]];
    const text = keptToText({ save, savedAt: new Date(), value }, this.#texts);
    await calling('A save', () => this.#storage.setItem(next, text));
    if (alone) await calling('A save', () => this.#storage.removeItem(other));
  }

  /** Removes the value. Says whether there was anything. */
  async remove(): Promise<boolean> {
    const items = await Promise.all(
      this.#keys.map((key) => calling('A look', () => this.#storage.getItem(key))),
    );
    for (const key of this.#keys) await calling('A deletion', () => this.#storage.removeItem(key));
    return items.some((item) => item !== null && item !== undefined);
  }

  async #readOne(key: string): Promise<Kept<T> | SessionError | null> {
    const item = await calling('A load', () => this.#storage.getItem(key));
    if (item === null || item === undefined) return null;
    try {
      return keptFromItem(key, item, this.#texts);
    } catch (error) {
      return error as SessionError;
    }
  }
}
