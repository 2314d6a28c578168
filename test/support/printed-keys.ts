/** The keys that tests use, and the search for them in everything that the tests print. */

import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { read } from '../../src/formats/index.ts';
import { leakIn } from './key-in-text.ts';
import { KEY_MARK } from './sessions.ts';

/** A key, and where it comes from. */
export interface NamedKey {
  name: string;
  key: Uint8Array;
}

/** The keys that tests use and could print: those of the fixtures, as far as they can be read. */
export async function keysOfTests(): Promise<NamedKey[]> {
  const keys: NamedKey[] = [];
  const root = join(import.meta.dirname, '../fixtures');
  for (const family of readdirSync(root)) {
    for (const file of readdirSync(join(root, family))) {
      const path = join(root, family, file);
      const result = await read({ path }).catch(() => null);
      for (const { session } of result?.snapshots ?? []) {
        for (const { id, auth } of session.dcs) {
          if (auth !== null) keys.push({ name: `${family}/${file}, data centre ${id}`, key: auth });
        }
      }
    }
  }
  const mark = new TextEncoder().encode(KEY_MARK);
  keys.push({ name: 'a synthetic key', key: mark });
  return keys;
}

/** Which keys a text gives away, and how, each a sentence. */
export function printedKeys(text: string, keys: readonly NamedKey[]): string[] {
  return keys.flatMap(({ name, key }) => {
    const how = leakIn(text, key);
    return how === null ? [] : [`${name}: ${how}`];
  });
}
