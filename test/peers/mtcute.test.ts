/** The real mtcute and its converter read what we write, and we read what they write. */

import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import {
  formatGramjsString,
  formatMtcuteString,
  type MediaDc,
  parseGramjsString,
  parseMtcuteString,
} from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { locate } from '../support/live.ts';

const auth = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + 11) & 255);
const core = locate('@mtcute/core/utils.js');
const converter = locate('@mtcute/convert');
const load = (path: string | null) => (path === null ? null : import(pathToFileURL(path).href));
const session = new Session({
  dcs: [{ id: 2, ipv4Addr: '149.154.167.50:443', auth }],
  user: { id: 5000801609, dc: 2, bot: true },
});
const mediaDc: MediaDc = { id: 2, ipv4Addr: '149.154.167.222:443', ipv6Addr: null, mediaOnly: true };

describe.skipIf(core === null)('@mtcute/core', async () => {
  const utils = await load(core);

  test.each([true, false])(
    'reads our string, and writes it again to the letter (test servers: %s)',
    (testMode) => {
      for (const media of [mediaDc, null]) {
        for (const user of [session.user, null]) {
          const one = new Session({ ...session, user });
          const line = formatMtcuteString({ session: one, mediaDc: media, testMode });
          const data = utils.readStringSession(line);
          expect(data.primaryDcs.main).toMatchObject({ id: 2, ipAddress: '149.154.167.50', port: 443 });
          expect(data.primaryDcs.main.testMode ?? false).toBe(testMode);
          expect(data.primaryDcs.media.ipAddress).toBe(media === null ? '149.154.167.50' : '149.154.167.222');
          expect(data.self?.userId ?? null).toBe(user?.id ?? null);
          expect(data.self?.isBot ?? null).toBe(user?.bot ?? null);
          expect(Buffer.from(data.authKey).equals(auth)).toBe(true);
          expect(utils.writeStringSession(data)).toBe(line);
        }
      }
    },
  );

  test('writes strings that we read', () => {
    const main = { id: 4, ipAddress: '2001:67c:4e8:f004::a', port: 50443, ipv6: true, testMode: false };
    const self = { userId: 2 ** 53 - 1, isBot: false, isPremium: false, usernames: [] };
    const line = utils.writeStringSession({
      version: 3,
      primaryDcs: { main, media: main },
      self,
      authKey: auth,
    });
    const { session: read, mediaDc: media, testMode } = parseMtcuteString(line);
    const dcs = [{ id: 4, ipv6Addr: '2001:67c:4e8:f004::a:50443', auth }];
    const expected = new Session({ dcs, user: { id: 2 ** 53 - 1, dc: 4, bot: false } });
    expect(read.equals(expected)).toBe(true);
    expect({ media, testMode }).toEqual({ media: null, testMode: false });
  });
});

describe.skipIf(converter === null)('@mtcute/convert', async () => {
  const convert = await load(converter);

  test('reads our GramJS strings', () => {
    const data = convert.parseGramjsSession(formatGramjsString(session));
    expect(data).toMatchObject({ dcId: 2, ipAddress: '149.154.167.50', port: 443 });
    expect(Buffer.from(data.authKey).equals(auth)).toBe(true);
  });

  test('writes GramJS strings that we read, ports above 32767 included', () => {
    const line = convert.serializeGramjsSession({
      dcId: 2,
      ipAddress: '127.0.0.1',
      ipv6: false,
      port: 50443,
      authKey: auth,
    });
    const expected = new Session({ dcs: [{ id: 2, ipv4Addr: '127.0.0.1:50443', auth }] });
    expect(parseGramjsString(line).equals(expected)).toBe(true);
  });

  test('turns our mtcute string into a GramJS string as we do', () => {
    const line = formatMtcuteString({ session, mediaDc });
    const theirs = parseGramjsString(convert.convertToGramjsSession(line));
    expect(theirs.equals(parseGramjsString(formatGramjsString(session)))).toBe(true);
  });
});
