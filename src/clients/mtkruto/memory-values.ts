/** {@link MemoryValues}: what of MTKruto's values is no session, in memory. */

import type { MtkrutoFilter, MtkrutoKey } from './interface.ts';
import { isAsked, keyText } from './keys.ts';

interface Entry {
  key: MtkrutoKey;
  value: unknown;
}

/** Values by key, which share nothing with those that are given and returned. */
export class MemoryValues {
  /** By the first part of the key: what is asked for has mostly one. */
  readonly #groups = new Map<string, Map<string, Entry>>();

  get(key: MtkrutoKey): unknown {
    const entry = this.#groups.get(groupOf(key))?.get(keyText(key));
    return entry === undefined ? null : copyOf(entry.value);
  }

  /** Null removes the value. */
  set(key: MtkrutoKey, value: unknown): void {
    const name = groupOf(key);
    const group = this.#groups.get(name);
    if (value !== null) {
      const entry = { key: [...key], value: copyOf(value) };
      if (group === undefined) this.#groups.set(name, new Map([[keyText(key), entry]]));
      else group.set(keyText(key), entry);
    } else if (group?.delete(keyText(key)) && group.size === 0) this.#groups.delete(name);
  }

  /** The keys that are asked for, in no order. */
  *keys(filter: MtkrutoFilter): Generator<MtkrutoKey> {
    const only = 'prefix' in filter && filter.prefix.length > 0 ? groupOf(filter.prefix) : null;
    const groups = only === null ? this.#groups.values() : [this.#groups.get(only) ?? new Map()];
    for (const group of groups) {
      for (const { key } of group.values()) if (isAsked(filter, key)) yield key;
    }
  }

  clear(): void {
    this.#groups.clear();
  }
}

function groupOf(key: MtkrutoKey): string {
  return keyText(key.slice(0, 1));
}

/**
 * A copy of a value. `structuredClone` would copy, with a few bytes out of a packet, the packet.
 *
 * @throws DOMException `DataCloneError` for what cannot be stored anywhere, such as a function
 */
export function copyOf(value: unknown): unknown {
  if (value instanceof Uint8Array) return Uint8Array.from(value);
  if (Array.isArray(value)) return value.map(copyOf);
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copyOf(each)]));
  }
  return typeof value === 'object' || typeof value === 'function' ? structuredClone(value) : value;
}
