/** Folders of node-localstorage, in which a file is named after the key of its item (formats/gramjs.md, section 2). */

import { SessionError } from '../errors.ts';
import { utf8Text } from './bytes.ts';
import type { FormatInput } from './codec.ts';

/** Larger than any item that is of use; a file of that size is not read. */
const MAX_ITEM_BYTES = 64 * 1024;

/** The keys of a folder, and the names of their files. */
export function filesByKey({ names }: FormatInput): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of names) {
    const key = keyOf(file);
    // Of two files for one key, the one that the real library would write.
    if (key !== null && (!files.has(key) || file === fileNameOf(key))) files.set(key, file);
  }
  return files;
}

/** The key that a file is named after; null where the file is none of node-localstorage. */
function keyOf(file: string): string | null {
  if (file.includes('/')) return null;
  try {
    return decodeURIComponent(file);
  } catch {
    return null;
  }
}

/** The name of the file for a key. */
export function fileNameOf(key: string): string {
  return encodeURIComponent(key).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/**
 * The texts of items.
 *
 * @param items what errors call each of them, and the names of their files
 * @throws SessionError `INVALID_VALUE` naming the item, `IO`
 */
export async function itemTexts(
  input: FormatInput,
  items: ReadonlyMap<string, string>,
): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  for (const [item, file] of items) {
    const bytes = await input.head(file);
    if (bytes.length >= MAX_ITEM_BYTES) {
      throw new SessionError('INVALID_VALUE', `${item} is larger than any item of a session.`, {
        field: item,
      });
    }
    texts.set(item, utf8Text(item, '', bytes));
  }
  return texts;
}
