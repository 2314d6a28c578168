/** Session strings of Pyrogram: three layouts told apart by their length, and nothing guessed. */

import { describe, expect, test } from 'vitest';
import {
  detect,
  formatPyrogramString,
  formatTelethonString,
  parsePyrogramString,
  parseTelethonString,
  read,
  snapshotOf,
  write,
} from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { leakIn } from '../../support/key-in-text.ts';
import { testKey } from '../../support/sessions.ts';

const family = new Family('pyrogram');
const text = (file: string) => family.text(file).trimEnd();
const strings = family.fixtures.filter(({ file }) => file.startsWith('string-')).map(({ file }) => file);

/** A string with some bytes replaced. */
function patched(file: string, at: number, ...bytes: number[]): string {
  const raw = Buffer.from(text(file), 'base64url');
  raw.set(bytes, at < 0 ? raw.length + at : at);
  return raw.toString('base64url');
}

describe('strings that some Pyrogram wrote', () => {
  test.each(strings)('%s is written again to the letter', (file) => {
    const { session, apiId, testMode, version } = parsePyrogramString(text(file));
    expect(formatPyrogramString(session, { apiId, testMode, version })).toBe(text(file));
  });

  test.each(strings)('%s: its bytes are read where Python’s struct puts them', (file) => {
    const raw = Buffer.from(text(file), 'base64url');
    const { session, apiId, testMode, version } = parsePyrogramString(text(file));
    const keyAt = version === 362 ? 6 : 2;
    const [dc] = session.dcs;
    expect(dc!.id).toBe(raw[0]);
    expect(Buffer.from(dc!.auth!).equals(raw.subarray(keyAt, keyAt + 256))).toBe(true);
    expect(apiId).toBe(version === 362 ? raw.readUInt32BE(1) : null);
    expect(testMode).toBe(raw[keyAt - 1] === 1);
    const userId = version === 351 ? raw.readUInt32BE(258) : Number(raw.readBigUInt64BE(raw.length - 9));
    // A known failure of others: they read the 32 bits of the oldest layout as a part of 64.
    expect(session.user).toMatchObject({ id: userId, dc: dc!.id, bot: raw.at(-1) === 1, username: null });
  });

  test('the padding that Python’s base64 puts there is read too, exactly', async () => {
    for (const [file, padding] of [
      ['string-351-test.txt', '='],
      ['string-362-dc203.txt', '=='],
    ] as const) {
      const parsed = parsePyrogramString(text(file) + padding);
      expect(parsed).toEqual(parsePyrogramString(text(file)));
      for (const wrong of ['=', '==', '===', '====', ' ', '\n'].filter((one) => one !== padding)) {
        await failure(() => parsePyrogramString(text(file) + wrong), 'INVALID_VALUE', 'session string');
      }
    }
    await failure(() => parsePyrogramString(`${text('string-356-pyrogram-1.4.txt')}=`), 'INVALID_VALUE');
  });

  test('a string cut anywhere is refused, and says nothing of what stood there', async () => {
    for (const file of ['string-351-test.txt', 'string-356-pyrogram-1.4.txt', 'string-362-dc203.txt']) {
      const whole = text(file);
      const key = parsePyrogramString(whole).session.dcs[0]!.auth!;
      for (let length = 0; length < whole.length; length++) {
        // Cut to the length of another layout it is still base64: only what then stands in the flags tells.
        if ([351, 356].includes(length)) continue;
        const error = await failure(() => parsePyrogramString(whole.slice(0, length)), 'INVALID_VALUE');
        expect(leakIn(error.message, key)).toBeNull();
      }
    }
  });

  test.each([
    ['data centre 0', patched('string-362-dc203.txt', 0, 0), 'session string.id'],
    ['a test flag of 2', patched('string-362-dc203.txt', 5, 2), 'session string.testMode'],
    ['a bot flag of 255', patched('string-351-test.txt', -1, 255), 'session string.bot'],
    ['a user id beyond 2^53', patched('string-362-dc203.txt', -9, 0, 32), 'session string.id'],
    ['text that is no text', 5 as never, 'session string'],
    ['nothing', '', 'session string'],
    ['stray bits at the end', `${text('string-362-dc203.txt').slice(0, -1)}B`, 'session string'],
  ])('%s is refused', async (_, string, field) => {
    await failure(() => parsePyrogramString(string), 'INVALID_VALUE', field);
  });

  test('a user id of 0 is a user that is not known, and is said to be so', async () => {
    const string = patched('string-362-dc203.txt', -9, 0, 0, 0, 0, 0, 0, 0, 0);
    const { snapshots } = await read({ text: string });
    expect(snapshots[0]!.session.user).toBeNull();
    expect(snapshots[0]!.session.dcs[0]!.auth).not.toBeNull();
    expect(snapshots[0]!.notes.join()).toMatch(/does not say who is logged in/);
  });

  test('an api id of 0 is none; the address of an unknown data centre is none', async () => {
    const string = patched('string-362-dc203.txt', 0, 77, 0, 0, 0, 0);
    const { snapshots } = await read({ text: string });
    expect(snapshots[0]).toMatchObject({ apiId: null, mainDc: 77 });
    expect(snapshots[0]!.session.dcs[0]).toMatchObject({ ipv4Addr: null, ipv6Addr: null });
    expect(snapshots[0]!.extra).not.toHaveProperty('derivedAddress');
    expect(snapshots[0]!.notes.join()).toMatch(/none is known/);
  });
});

describe('what a string cannot hold', () => {
  const auth = testKey('string');
  const user = { id: 2 ** 32, dc: 2, bot: false };
  const session = new Session({ dcs: [{ id: 2, auth }], user });

  test('is refused', async () => {
    const twoKeys = [
      { id: 2, auth },
      { id: 4, auth },
    ];
    for (const [wrong, options] of [
      [new Session(), {}],
      [new Session({ dcs: [{ id: 2 }], user }), {}],
      [new Session({ dcs: [{ id: 2, auth }] }), {}],
      [new Session({ dcs: twoKeys }), {}],
      [new Session({ dcs: [{ id: 256, auth }], user: { ...user, dc: 256 } }), {}],
      [session, { version: 351 }],
    ] as const) {
      await failure(() => formatPyrogramString(wrong, options), 'CANNOT_HOLD');
    }
    expect(formatPyrogramString(session, { version: 356 })).toHaveLength(356);
    const largest = session.with({ user: { ...user, id: 2 ** 32 - 1 } });
    expect(formatPyrogramString(largest, { version: 351 })).toHaveLength(351);
    for (const options of [
      { apiId: 2 ** 32 },
      { apiId: 1.5 },
      { version: 263 as never },
      { testMode: 1 as never },
    ]) {
      await failure(() => formatPyrogramString(session, options), 'INVALID_VALUE');
    }
    const changed = session.with({});
    changed.dcs[0]!.auth = new Uint8Array(255);
    await failure(() => formatPyrogramString(changed), 'INVALID_VALUE', 'session string.auth');
  });

  test('or is reported', async () => {
    const more = session.with({
      dcs: [
        { id: 2, auth, ipv4Addr: '1.2.3.4:5', ipv6Addr: '2001:67c:4e8:f002:0:0:0:a:443' },
        { id: 4, auth },
      ],
      user: { ...user, username: 'alice' },
      state: { pts: 1, qts: 2, date: 3, seq: 4 },
    });
    const snapshot = snapshotOf(more, { apiId: 6, testMode: false, phone: '7999' });
    const lost = async (version: number) =>
      (await write([snapshot], 'pyrogram-string', { version })).losses.map(({ field }) => field).sort();
    // The IPv6 address is the usual one, however it is written.
    const always = [
      'phone',
      'session.dcs[0].ipv4Addr',
      'session.dcs[1]',
      'session.state',
      'session.user.username',
    ];
    expect(await lost(362)).toEqual(always);
    expect(await lost(356)).toEqual(['apiId', ...always]);
    await failure(() => write([snapshot], 'pyrogram-string', { version: 263 }), 'UNSUPPORTED', 'version');
  });
});

describe('telling it apart', () => {
  test('from Telethon’s strings, whichever is given', async () => {
    const telethon = new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth: testKey('t') }] });
    const line = formatTelethonString(telethon);
    expect((await detect({ text: line })).map(({ format }) => format)).toEqual(['telethon-string']);
    for (const file of strings) {
      expect((await detect({ text: text(file) })).map(({ format }) => format)).toEqual(['pyrogram-string']);
      await failure(() => parseTelethonString(text(file)), 'INVALID_VALUE');
    }
    await failure(() => parsePyrogramString(line), 'INVALID_VALUE');
  });

  test('an input that fits two formats names both, and is read as the one that is chosen', async () => {
    // 352 characters that begin with 1: a Telethon string without its padding, or a padded one of Pyrogram.
    const { session } = parsePyrogramString(text('string-351-test.txt'));
    const odd = session.with({ dcs: [{ id: 0xd7, auth: session.dcs[0]!.auth }] });
    const line = `${formatPyrogramString(odd, { version: 351, mainDc: 0xd7 })}=`;
    expect(line).toMatch(/^1.{350}=$/);
    const error = await failure(() => read({ text: line }), 'AMBIGUOUS_FORMAT');
    expect(error.message).toMatch(/telethon-string, pyrogram-string.*"from"/);
    const { snapshots } = await read({ text: line }, { from: 'pyrogram-string' });
    expect(snapshots[0]!.mainDc).toBe(0xd7);
  });
});
