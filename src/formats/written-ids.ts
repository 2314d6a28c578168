/** Which ids a table that is being filled has already. */

import type { SqlStatement } from '../sqlite/driver.ts';

/**
 * Remembers ids without keeping them: the table has them. As most sources give them in order, one that is beyond all
 * before is new, and the table need not be asked.
 */
export class WrittenIds {
  readonly #find: SqlStatement;
  #least = Number.POSITIVE_INFINITY;
  #greatest = Number.NEGATIVE_INFINITY;

  /** @param find gives a row for an id that is in the table */
  constructor(find: SqlStatement) {
    this.#find = find;
  }

  has(id: number): boolean {
    return id >= this.#least && id <= this.#greatest && this.#find.all(id).length > 0;
  }

  /** Called for each id that is written. */
  add(id: number): void {
    this.#least = Math.min(this.#least, id);
    this.#greatest = Math.max(this.#greatest, id);
  }
}
