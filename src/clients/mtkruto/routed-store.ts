/** {@link routedStore}: a storage of MTKruto, some keys of which stand for parts of a session. */

import { checkInteger, refuse } from '../../check.ts';
import type { MtkrutoFilter, MtkrutoKey, MtkrutoStore } from './interface.ts';
import { checkFilter, checkKey, compareKeys, isAsked, mayAsk } from './keys.ts';
import type { MemoryValues } from './memory-values.ts';

/** Keys with one name as their first part, the values of which are not merely kept. */
export interface Part {
  /** Whether a key with that name is one of them. */
  has(key: MtkrutoKey): boolean;
  /** A value that shares nothing with what is kept, or null. */
  get(key: MtkrutoKey): unknown;
  /** Keeps a value; null removes it. @returns a promise where it can wait for that */
  set(key: MtkrutoKey, value: unknown): Promise<void> | void;
  /** Those of its keys that have a value. */
  keys(): Iterable<MtkrutoKey> | AsyncIterable<MtkrutoKey>;
}

/** What a {@link routedStore} is made of. */
export interface Routes {
  parts: ReadonlyMap<string, Part>;
  /** Everything else. */
  memory: MemoryValues;
  initialize(): Promise<void>;
  close(): Promise<void>;
  branch(id: string): MtkrutoStore;
  /** Hears of what a call threw before it was saved. */
  onError(error: unknown): void;
  /** Hears of each key whose value is kept in memory alone. */
  onMemory?(key: MtkrutoKey): void;
}

/** A storage that is made of parts of a session, and memory. */
export function routedStore(routes: Routes): MtkrutoStore {
  const { parts, memory, onError } = routes;
  const partOf = (key: MtkrutoKey): Part | null => {
    const part = typeof key[0] === 'string' ? parts.get(key[0]) : undefined;
    return part?.has(key) ? part : null;
  };
  const get = (key: MtkrutoKey): unknown => {
    const part = partOf(checkKey(key));
    return part === null ? memory.get(key) : part.get(key);
  };
  /** What a part throws at once, nobody else has told of. */
  const set = (key: MtkrutoKey, value: unknown): Promise<void> | void => {
    try {
      if (value === undefined) refuse('value', '', 'one that can be kept, or null', value);
      const part = partOf(checkKey(key));
      if (part !== null) return part.set(key, value);
      memory.set(key, value);
      if (value !== null) routes.onMemory?.(key);
    } catch (error) {
      onError(error);
      throw error;
    }
  };
  return {
    supportsFiles: false,
    mustSerialize: false,
    // Were it true, MTKruto would write neither a login nor a peer.
    isMemory: false,
    initialize: routes.initialize,
    close: routes.close,
    branch: routes.branch,
    get: async <T>(key: MtkrutoKey) => (await get(key)) as T | null,
    set: async (key, value) => set(key, value),
    async incr(key, by) {
      const before = get(key);
      const value = before instanceof Promise ? await before : before;
      await set(key, checkNumber('value', value ?? 0) + checkNumber('by', by));
    },
    async *getMany<T>(
      filter: MtkrutoFilter,
      { limit, reverse = false }: { limit?: number | undefined; reverse?: boolean | undefined } = {},
    ) {
      const asked = checkFilter(filter);
      let left = limit === undefined ? Number.POSITIVE_INFINITY : Math.max(1, checkLimit(limit));
      const keys = [...memory.keys(asked)];
      for (const [name, part] of parts) {
        if (!mayAsk(asked, name)) continue;
        for await (const key of part.keys()) if (isAsked(asked, key)) keys.push(key);
      }
      keys.sort(reverse ? (a, b) => compareKeys(b, a) : compareKeys);
      for (const key of keys) {
        const value = await get(key);
        // Whoever goes through them may remove them meanwhile.
        if (value === null) continue;
        yield [[...key], value as T];
        if (--left <= 0) return;
      }
    },
  };
}

function checkNumber(name: string, value: unknown): number {
  return typeof value === 'number' ? value : refuse(name, '', 'a number', value);
}

function checkLimit(limit: number): number {
  return checkInteger('params', 'limit', limit, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
}
