/** mtcute's converter knows MTKruto's strings: it reads what we write, and we read what it writes. */

import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { formatMtkrutoString, type MtkrutoLayout, parseMtkrutoString } from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { locate } from '../support/live.ts';

const auth = Uint8Array.from({ length: 256 }, (_, i) => (i % 7 === 0 ? 0 : (i * 37 + 11) & 255));
const zeros = Uint8Array.from({ length: 256 }, (_, i) => (i === 100 ? 1 : 0));
const path = locate('@mtcute/convert');

describe.skipIf(path === null)('@mtcute/convert', async () => {
  const { parseMtkrutoSession, serializeMtkrutoSession } =
    path === null ? ({} as never) : await import(pathToFileURL(path).href);

  test.each<[MtkrutoLayout, number, boolean, Uint8Array]>([
    [3, 2, false, auth],
    [3, 2, true, auth],
    [3, 5, false, zeros],
    [2, 1, false, auth],
    [1, 3, true, zeros],
  ])('reads our string of layout %i, data centre %i, test servers %s', (layout, id, isTest, key) => {
    const session = new Session({ dcs: [{ id, auth: key }], user: { id: 2 ** 40, dc: id, bot: true } });
    const line = formatMtkrutoString({ session, testMode: isTest, apiId: 2 ** 31 - 1 }, layout);
    const read = parseMtkrutoSession(line);
    expect({ ...read, authKey: null }).toEqual({ dcId: id, isTest, authKey: null });
    expect(Buffer.from(read.authKey).equals(Buffer.from(key))).toBe(true);
  });

  test.each([
    [2, false, auth],
    [1, true, zeros],
    [5, false, zeros],
  ])(
    'writes layout 1, which we read, and write to the letter (data centre %i, test servers %s)',
    (dcId, isTest, authKey) => {
      const line = serializeMtkrutoSession({ dcId, isTest, authKey });
      const snapshot = parseMtkrutoString(line);
      expect(snapshot).toMatchObject({ mainDc: dcId, testMode: isTest, origin: { version: 1 } });
      expect(Buffer.from(snapshot.session.dcs[0]!.auth!).equals(Buffer.from(authKey))).toBe(true);
      expect(formatMtkrutoString(snapshot, 1)).toBe(line);
    },
  );
});
