/** {@link RecentValues}: the values that were set last. */

import { copyOf } from './memory-values.ts';

/** Keeps so many values, and which of them were removed. They share nothing with those that are given and returned. */
export class RecentValues<K, V> {
  readonly #max: number;
  readonly #values = new Map<K, V | null>();

  constructor(max: number) {
    this.#max = max;
  }

  /** The value; null if it was removed, undefined if nothing is known of it. */
  get(key: K): V | null | undefined {
    return copyOf(this.#values.get(key)) as V | null | undefined;
  }

  /** Whether it is known, be it that it was removed. */
  has(key: K): boolean {
    return this.#values.has(key);
  }

  set(key: K, value: V | null): void {
    this.#values.delete(key);
    this.#values.set(key, copyOf(value) as V | null);
    if (this.#values.size > this.#max) this.#values.delete(this.#values.keys().next().value!);
  }

  /** The keys that have a value. */
  *keys(): Generator<K> {
    for (const [key, value] of this.#values) if (value !== null) yield key;
  }

  clear(): void {
    this.#values.clear();
  }
}
