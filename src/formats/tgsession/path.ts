/** Where in a file a value stands: kept while it is read or written, and put into words only for an error. */

/** The way to a value, such as `accounts[0].session.dcs[1].id`. */
export class Path {
  readonly #steps: (string | number)[];

  constructor(...steps: (string | number)[]) {
    this.#steps = steps;
  }

  /** Goes to a field or to an item of a list. */
  into(step: string | number): void {
    this.#steps.push(step);
  }

  /** Goes back. */
  out(): void {
    this.#steps.pop();
  }

  toString(): string {
    let text = '';
    for (const step of this.#steps) {
      if (typeof step === 'number') text += `[${step}]`;
      else text += text === '' ? step : `.${step}`;
    }
    return text === '' ? 'content' : text;
  }
}

/** A name from a file as a step of a path: a long or strange one could be a secret in the wrong place. */
export function namedStep(name: string): string {
  return /^[\w-]{1,40}$/.test(name) ? name : '?';
}
