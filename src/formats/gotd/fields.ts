/**
 * The fields of a JSON object as Go finds them: by their names in any case, the last one of the same name, and a null
 * like none. (Go's own decoder, encoding/json.)
 */

import { checkBoolean, checkInteger, refuse } from '../../check.ts';
import type { BigJson } from '../big-json.ts';

/** An object whose fields are asked for by name. */
export class GoFields {
  /** What errors call the object; empty for the outermost one. */
  readonly at: string;
  readonly #fields = new Map<string, BigJson[]>();

  /** @throws SessionError `INVALID_VALUE` if it is no object; none at all, or null, is an object without fields */
  constructor(at: string, value: BigJson | undefined, label = at) {
    this.at = at;
    if (value === undefined || value === null) return;
    if (typeof value !== 'object' || Array.isArray(value)) refuse(label, '', 'a JSON object', value);
    for (const [name, item] of Object.entries(value)) {
      const lower = name.toLowerCase();
      const same = this.#fields.get(lower);
      if (same === undefined) this.#fields.set(lower, [item]);
      else same.push(item);
    }
  }

  /**
   * A field, or null where there is none.
   *
   * @throws SessionError `INVALID_VALUE` if it is there in several spellings: which of them came last is not known here
   */
  value(name: string): BigJson {
    const [value = null, second] = this.#fields.get(name.toLowerCase()) ?? [];
    if (second !== undefined) {
      refuse(this.place(name), '', 'spelled in one way', second, 'in several spellings');
    }
    return value;
  }

  /** An integer; 0 where there is none. */
  integer(name: string, min: number, max: number): number {
    return checkInteger(this.place(name), '', this.value(name) ?? 0, min, max);
  }

  /** True or false; false where there is none. */
  boolean(name: string): boolean {
    return checkBoolean(this.place(name), '', this.value(name) ?? false);
  }

  /** Text; empty where there is none. */
  text(name: string, maxLength: number): string {
    const value = this.value(name) ?? '';
    if (typeof value === 'string' && value.length <= maxLength) return value;
    return refuse(this.place(name), '', `text of at most ${maxLength} characters`, value);
  }

  /** An object; one without fields where there is none. */
  object(name: string): GoFields {
    return new GoFields(this.place(name), this.value(name));
  }

  /** What errors call a field. */
  place(name: string): string {
    return this.at === '' ? name : `${this.at}.${name}`;
  }
}
