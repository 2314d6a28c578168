/** Our own format for interchange is written and read piece by piece: its memory is that of the other large formats. */

import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { convert, makePyrogramFile } from '../../bench/million-peers.ts';
import { emptyFolder } from '../support/folder.ts';

// 64 MB of JSON, and the most that a string takes. Made in memory it took 291 MB, and read as a whole 238 MB.
const PEERS = 370_000;
/** What the issue of the formats promises for a million, in MB of the whole process. */
const MOST = 200;

const folder = emptyFolder();
const at = (name: string) => join(folder.path, name);

beforeAll(() => makePyrogramFile(at('large.session'), PEERS));
afterAll(folder.remove);

describe(`a session of ${PEERS} peers`, () => {
  test.each(['tgsession-json', 'tgsession-string'])('is written as %s, and read again', (format) => {
    expect(convert(at('large.session'), format, at(format)).megabytes).toBeLessThan(MOST);
    expect(convert(at(format), 'telethon-v2-sqlite', at(`${format}.session`)).megabytes).toBeLessThan(MOST);
  });
});
