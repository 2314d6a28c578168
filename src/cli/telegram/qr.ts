/** QR codes in a terminal. */

/** How wide and high the code is, in columns and lines. */
export interface DrawnQr {
  lines: string[];
  width: number;
}

/**
 * Draws a code, two rows of modules to a line.
 *
 * @param modules with the quiet zone
 * @param colours whether colours may be set, so that dark is dark on every terminal; without them the terminal is taken to
 * be light on dark
 */
export function drawQr(modules: readonly (readonly boolean[])[], colours: boolean): DrawnQr {
  const width = modules.length;
  const isDark = (row: number, column: number) => modules[row]?.[column] ?? false;
  const lines: string[] = [];
  for (let row = 0; row < width; row += 2) {
    let line = '';
    for (let column = 0; column < width; column++) {
      const upper = isDark(row, column) === colours;
      const lower = isDark(row + 1, column) === colours;
      line += upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ';
    }
    lines.push(colours ? `\x1b[30;107m${line}\x1b[0m` : line);
  }
  return { lines, width };
}

/** A code on a terminal, which can be replaced by the next one, and taken away. */
export class QrOnTerminal {
  readonly #out: NodeJS.WriteStream;
  readonly #modulesOf: (text: string) => boolean[][];
  #lines = 0;

  constructor(out: NodeJS.WriteStream, modulesOf: (text: string) => boolean[][]) {
    this.#out = out;
    this.#modulesOf = modulesOf;
  }

  /** Draws a code, in the place of the one before. */
  show(text: string, caption: string): void {
    const { lines, width } = drawQr(this.#modulesOf(text), this.#out.hasColors());
    const tooNarrow = width > this.#out.columns || lines.length + 2 > this.#out.rows;
    const shown = tooNarrow
      ? [
          `The code needs a terminal of ${width} columns and ${lines.length + 2} lines. Enlarge it: a new code comes soon.`,
        ]
      : [...lines, caption];
    this.clear();
    this.#out.write(`${shown.join('\n')}\n`);
    this.#lines = tooNarrow ? 0 : shown.length;
  }

  /** Takes the code away. */
  clear(): void {
    if (this.#lines > 0 && process.env.TERM !== 'dumb') this.#out.write(`\x1b[${this.#lines}A\r\x1b[J`);
    this.#lines = 0;
  }
}
