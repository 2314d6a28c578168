/** How far a run is, on standard error: a bar on a terminal, a line now and then elsewhere. */

import { errorLine, errorStyle } from '../print.ts';
import { done, type Tally } from './tally.ts';

/** How often the bar is drawn at most. */
const REDRAW_MS = 100;
/** How often there is a line where there is no bar. */
const LINE_MS = 5000;
const BAR_WIDTH = 24;
const ERASE_LINE = '\r\x1b[2K';

export class Progress {
  readonly #tally: Tally;
  readonly #isBar: boolean;
  readonly #begun = performance.now();
  #last: number;
  #drawn = false;

  constructor(tally: Tally) {
    this.#tally = tally;
    this.#isBar = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
    // The bar comes at once, the first line only if it takes so long.
    this.#last = this.#isBar ? Number.NEGATIVE_INFINITY : this.#begun;
  }

  /** Shows how far it is, if that was not shown just now. */
  show(): void {
    const now = performance.now();
    if (now - this.#last < (this.#isBar ? REDRAW_MS : LINE_MS)) return;
    this.#last = now;
    if (!this.#isBar) {
      errorLine(this.#text());
      return;
    }
    const width = Math.max(20, (process.stderr.columns ?? 80) - 1);
    process.stderr.write(`${ERASE_LINE}${this.#bar(width)}`);
    this.#drawn = true;
  }

  /** Takes the bar away, so that something else can be printed; it comes back with {@link show}. */
  clear(): void {
    if (!this.#drawn) return;
    process.stderr.write(ERASE_LINE);
    this.#drawn = false;
    this.#last = Number.NEGATIVE_INFINITY;
  }

  #bar(width: number): string {
    const share = this.#tally.total === 0 ? 1 : done(this.#tally) / this.#tally.total;
    const full = Math.floor(share * BAR_WIDTH);
    const text = ` ${`${Math.floor(share * 100)}`.padStart(3)}%  ${this.#text()}`;
    if (width < BAR_WIDTH + text.length + 2) return text.trimStart().slice(0, width);
    return `  ${errorStyle('green', '█'.repeat(full))}${errorStyle('dim', '░'.repeat(BAR_WIDTH - full))}${text}`;
  }

  #text(): string {
    const { total, failed } = this.#tally;
    const count = `${number(done(this.#tally))} of ${number(total)}`;
    return [count, failed > 0 && `${number(failed)} failed`, this.#left()].filter(Boolean).join(', ');
  }

  /** How long it will take if it goes on like this; nothing in the first seconds. */
  #left(): string | false {
    const seconds = (performance.now() - this.#begun) / 1000;
    const share = done(this.#tally) / this.#tally.total;
    if (seconds < 2 || share === 0 || share === 1) return false;
    const left = Math.ceil((seconds / share) * (1 - share));
    return left < 100 ? `${left} s left` : `${Math.ceil(left / 60)} min left`;
  }
}

/** A count with its thousands set apart. */
export function number(count: number): string {
  return count.toLocaleString('en');
}
