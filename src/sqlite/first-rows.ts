/** Raw rows that are only shown: the first of them, as a file may hold a million. */

/** How many are kept. */
const MOST = 1000;

/** Keeps the first thousand rows, and counts all. */
export class FirstRows<T> {
  readonly rows: T[] = [];
  #count = 0;

  /** How many rows there were. */
  get count(): number {
    return this.#count;
  }

  /** Adds a row. */
  add(row: T): void {
    this.#count++;
    if (this.rows.length < MOST) this.rows.push(row);
  }
}
