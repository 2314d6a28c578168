/**
 * The localStorage of a browser in which GramJS keeps a StoreSession, as a JSON object of its entries
 * (formats/gramjs.md, section 2). Entries of other programs are not looked at.
 */

import { refuse } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { parseBigJson } from '../big-json.ts';
import type { Codec, Detection, FormatInput } from '../codec.ts';
import type { Snapshot } from '../snapshot.ts';
import { textOf } from '../text.ts';
import { type Items, sessionsIn, snapshotIn } from './store-items.ts';

const NAME = 'gramjs-localstorage-dump';
/** A browser keeps 5 MiB for a site. */
const MAX_BYTES = 16 * 1024 * 1024;

async function entriesOf(input: FormatInput): Promise<{ [key: string]: unknown }> {
  const text = await textOf(input);
  if (text.length > MAX_BYTES) return refuse(input.label, '', 'smaller', text);
  const json = parseBigJson(text, input.label);
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json;
  return refuse(input.label, '', 'a JSON object', json, 'another JSON value');
}

/** Dumps of GramJS in a browser. */
export const gramjsLocalstorageDump: Codec = {
  name: NAME,
  title: 'GramJS in a browser, its localStorage as JSON',
  text: false,
  writes: [],
  carries: 'the key of one data centre, its address if it is no host name, peers',

  async detect(input): Promise<Detection | null> {
    const head = new TextDecoder().decode(await input.head());
    if (!/^\s*\{/.test(head)) return null;
    let sessions: Map<string, Items>;
    try {
      sessions = sessionsIn(Object.keys(await entriesOf(input)));
    } catch (error) {
      if (error instanceof SessionError && error.code === 'INVALID_VALUE') return null;
      throw error;
    }
    if (sessions.size === 0) return null;
    return {
      format: NAME,
      version: null,
      reason: 'It is a JSON object with the keys of a StoreSession: dcId, authKey and others.',
    };
  },

  async read(input): Promise<Snapshot[]> {
    const entries = await entriesOf(input);
    const sessions = sessionsIn(Object.keys(entries));
    if (sessions.size === 0) {
      throw new SessionError('UNKNOWN_FORMAT', `${input.label} has no keys of a StoreSession.`, {
        field: 'dcId',
      });
    }
    return [...sessions].map(([prefix, items]) =>
      snapshotIn(NAME, prefix, items, (key) => {
        const value = entries[key];
        return typeof value === 'string' ? value : refuse(key.slice(prefix.length), '', 'text', value);
      }),
    );
  },
};
