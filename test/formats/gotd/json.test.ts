/** Sessions of gotd: Go's JSON to the letter in both directions, and strict where gotd begins a new login. */

import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { detect, read, type Snapshot, snapshotOf, write } from '../../../src/formats/index.ts';
import { Session } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const NAME = 'gotd-json';
const family = new Family('gotd');
const auth = testKey(7);

/** The text of a good file, changed. */
function changed(from: string | RegExp, to: string, file = 'typical.json'): string {
  const text = family.text(file);
  const result = text.replace(from, to);
  expect(result).not.toBe(text);
  return result;
}

const readText = async (text: string) => (await read({ text }, { from: NAME })).snapshots[0]!;

async function writeText(snapshot: Snapshot) {
  const { files, losses, notes } = await write([snapshot], NAME);
  const text = Buffer.from(files.get('')!).toString();
  return { text, losses: losses.map(({ field }) => field), notes };
}

describe('reading', () => {
  test('a salt of 64 bits is text, and never rounded', async () => {
    for (const salt of ['9007199254740993', '-9223372036854775808', '9223372036854775807', '-1', '0']) {
      const { extra } = await readText(changed(/"Salt":-?\d+/, `"Salt":${salt}`));
      expect(extra.salt).toBe(salt);
    }
    expect((await readText(changed(/,"Salt":-?\d+/, ''))).extra.salt).toBe('0');
  });

  test.each([
    ['a salt beyond 64 bits', /"Salt":-?\d+/, '"Salt":9223372036854775808', 'Data.Salt'],
    ['a salt of many digits', /"Salt":-?\d+/, `"Salt":${'9'.repeat(40)}`, undefined],
    ['a salt with a point', /"Salt":-?\d+/, '"Salt":1.5', 'Data.Salt'],
    ['a salt as text', /"Salt":-?\d+/, '"Salt":"1"', 'Data.Salt'],
    ['a whole number with a point', '"DC":2', '"DC":2.0', 'Data.DC'],
    ['a whole number with an exponent', '"DC":2', '"DC":2e0', 'Data.DC'],
    ['a data centre beyond 32 bits', '"DC":2', '"DC":2147483648', 'Data.DC'],
    ['a negative data centre', '"DC":2', '"DC":-2', 'Data.DC'],
    ['no data centre', '"DC":2,', '', 'Data.DC'],
    [
      'a key of zeros',
      /"AuthKey":"[^"]*"/,
      `"AuthKey":"${Buffer.alloc(256).toString('base64')}"`,
      'Data.AuthKey',
    ],
    ['a key without padding', '==","AuthKeyID', '","AuthKeyID', 'Data.AuthKey'],
    ['a key with a line break', '"AuthKey":"', '"AuthKey":"\\n', 'Data.AuthKey'],
    ['a key that is a number', /"AuthKey":"[^"]*"/, '"AuthKey":5', 'Data.AuthKey'],
    ['no id of the key', /"AuthKeyID":"[^"]*"/, '"AuthKeyID":null', 'Data.AuthKeyID'],
    ['a short id of the key', /"AuthKeyID":"[^"]*"/, '"AuthKeyID":"AQDrE/XiKg=="', 'Data.AuthKeyID'],
    ['an address that is none', '"Addr":""', '"Addr":5', 'Data.Addr'],
    ['a test flag that is a number', '"TestMode":false', '"TestMode":0', 'Data.Config.TestMode'],
    ['a list of data centres that is none', /"DCOptions":\[.*\]/, '"DCOptions":{}', 'Data.Config.DCOptions'],
    ['an IP address that is none', '149.154.175.53', '149.154.175.553', 'Data.Config.DCOptions[0].IPAddress'],
    ['a host name', '149.154.175.53', 'a.example', 'Data.Config.DCOptions[0].IPAddress'],
    ['a port of 0', '"Port":443', '"Port":0', 'Data.Config.DCOptions[0].Port'],
    ['a flag as text', '"CDN":false', '"CDN":"false"', 'Data.Config.DCOptions[0].CDN'],
    ['flags beyond 32 bits', '"Flags":0', '"Flags":4294967296', 'Data.Config.DCOptions[0].Flags'],
    ['a data centre of the list without a number', '"ID":1,', '', 'Data.Config.DCOptions[0].ID'],
    ['a secret that is no base64', /"Secret":"[^"]*"/, '"Secret":"*"', 'Data.Config.DCOptions[4].Secret'],
    ['a configuration that is a list', /"Config":\{.*\},"DC"/, '"Config":[],"DC"', 'Data.Config'],
    ['a field in two spellings', '"DC":2', '"DC":2,"dc":4', 'Data.DC'],
  ])('%s is refused by field', async (_, from, to, field) => {
    const error = await failure(() => readText(changed(from, to)), 'INVALID_VALUE');
    if (field !== undefined) expect(error.field).toBe(field);
  });

  test.each([
    ['text', '"1"'],
    ['a number with a point', '1.0'],
    ['null', 'null'],
    ['negative', '-1'],
    ['an object', '{}'],
  ])('a version that is %s never existed', async (_, version) => {
    const text = changed('"Version":1', `"Version":${version}`);
    await failure(() => readText(text), 'BAD_VERSION', 'Version');
  });

  test('of a field that is there twice the last one counts, as for Go', async () => {
    expect((await readText(changed('"DC":2', '"DC":4,"DC":2'))).mainDc).toBe(2);
    await failure(() => readText(changed('"DC":2', '"DC":2,"DC":0')), 'INVALID_VALUE', 'Data.DC');
    const text = changed('"Version":1', '"Version":1,"Version":2');
    await failure(() => readText(text), 'NEWER_VERSION', 'Version');
  });

  test('fields that are not known are ignored, whatever their numbers look like', async () => {
    const text = changed('"Version":1', '"Version":1,"More":{"a":2.0,"b":[1e9]},"__proto__":{"Data":1}');
    expect((await readText(text)).mainDc).toBe(2);
  });

  test('spaces and line breaks around the fields are read, a second value is not', async () => {
    const text = `\n${JSON.stringify(JSON.parse(family.text('minimal.json')), null, 2)}\n`;
    expect((await read({ text })).snapshots[0]!.mainDc).toBe(4);
    await failure(() => readText(`${text}null`), 'INVALID_VALUE');
  });

  test('the address is the first that is for everything; those in disguise, for files, or of a CDN are not', async () => {
    const { session } = await readText(changed('"MediaOnly":true', '"MediaOnly":false'));
    // It comes behind the first one.
    expect(session.dcs.find(({ id }) => id === 2)!.ipv4Addr).toBe('149.154.167.50:443');
    const without = await readText(
      changed('"Static":true', '"Static":true,"Secret":"AA=="').replace(
        /("Secret":"AA=="[^}]*),"Secret":null/,
        '$1',
      ),
    );
    expect(without.session.dcs.find(({ id }) => id === 2)).toMatchObject({
      ipv4Addr: null,
      ipv6Addr: '2001:067c:04e8:f002:0000:0000:0000:000a:443',
    });
    expect(session.dcs.map(({ id }) => id)).not.toContain(203);
    const disguised = await readText(changed('"TCPObfuscatedOnly":false', '"TCPObfuscatedOnly":true'));
    expect(disguised.session.dcs.map(({ id }) => id)).not.toContain(1);
  });

  test('an address in Addr counts only where the configuration has none', async () => {
    const { session } = await readText(changed('"Addr":""', '"Addr":"10.0.0.1:80"'));
    expect(session.dcs.find(({ id }) => id === 2)!.ipv4Addr).toBe('149.154.167.50:443');
    for (const addr of [
      '2001:b28:f23f:f005::a:443',
      '[2001:b28:f23f:f005::a]',
      'a.example:443',
      '149.154.167.50:0',
    ]) {
      const text = changed(/"Addr":"[^"]*"/, `"Addr":"${addr}"`, 'addr-ipv6.json');
      const { notes, session: filled } = await readText(text);
      expect(filled.dcs[0]!.ipv4Addr).toBe('91.108.56.130:443');
      expect(notes.join()).toMatch(/Data.Addr is no IP address with its port/);
    }
  });

  test('an empty configuration says nothing of the test servers, so that the address does', async () => {
    const text = changed('149.154.167.50', '149.154.167.40', 'addr-with-port.json');
    const { testMode, notes, extra } = await readText(text);
    expect([testMode, extra.testMode]).toEqual([true, false]);
    expect(notes.join()).toMatch(/test servers/);
    expect((await readText(text.replace('"ThisDC":0', '"ThisDC":2'))).testMode).toBe(false);
  });

  test('the JSON of others is not taken for gotd’s', async () => {
    for (const text of ['{}', '{"Data":{}}', '{"AuthKey":""}', '["Data","AuthKey"]', '{"data":"authKey"}']) {
      expect((await detect({ text })).map(({ format }) => format)).not.toContain(NAME);
    }
  });
});

describe('writing', () => {
  test.each(['minimal.json', 'test-dc.json'])(
    'what gotd wrote is written again to the letter, but for what the server says of itself: %s',
    async (file) => {
      const { snapshots } = await read({ path: family.path(file) });
      const [snapshot] = snapshots as [Snapshot];
      // minimal.json has no address: those that were filled in are left out again.
      const hasAddress = file === 'test-dc.json';
      const { text, losses } = await writeText(snapshot);
      const expected = family
        .text(file)
        .replace(/"Date":\d+,"Expires":\d+/, '"Date":0,"Expires":0')
        .replace(/"ThisDC":\d+/, `"ThisDC":${snapshot.mainDc}`)
        .replace(/"DCTxtDomainName":"[^"]*"/, '"DCTxtDomainName":""')
        .replace(/"WebfileDCID":\d+/, '"WebfileDCID":0')
        .replace(/"Salt":-?\d+/, '"Salt":0');
      expect(losses).toEqual([]);
      expect((hasAddress ? text : text.replace(/"DCOptions":\[.*?\]/, '"DCOptions":null')) === expected).toBe(
        true,
      );
    },
  );

  test('the key has the id that gotd asks for: bytes 12 to 19 of its SHA-1', async () => {
    const session = new Session({ dcs: [{ id: 2, ipv4Addr: '149.154.167.50:443', auth }] });
    const { Data: data } = JSON.parse((await writeText(snapshotOf(session))).text);
    expect(Buffer.from(data.AuthKey, 'base64').equals(auth)).toBe(true);
    const id = createHash('sha1').update(auth).digest().subarray(12, 20);
    expect(data.AuthKeyID).toBe(id.toString('base64'));
    expect(data.Salt).toBe(0);
  });

  test('addresses of all data centres are kept; keys of others, the user and the state are reported as lost', async () => {
    const session = new Session({
      dcs: [
        { id: 1, ipv4Addr: '149.154.175.53:443' },
        { id: 2, ipv4Addr: '149.154.167.50:443', ipv6Addr: '2001:67c:4e8:f002::a:5222', auth },
        { id: 3, ipv6Addr: '2001:b28:f23d:f003::a:443', auth: testKey(3) },
        { id: 4, auth: testKey(4) },
        { id: 5 },
      ],
      user: { id: 5, dc: 2, bot: true, username: 'a' },
      state: { pts: 1, qts: 0, date: 0, seq: 0 },
    });
    const peers: Snapshot['peers'] = [
      { kind: 'user', id: 7, accessHash: 1n, usernames: [], phone: null, name: null, seen: null },
    ];
    const all = { peers, phone: '7', apiId: 6, takeoutId: 1n, testMode: false };
    const { text, losses, notes } = await writeText(snapshotOf(session, all));
    expect(losses.sort()).toEqual([
      'apiId',
      'peers',
      'phone',
      'session.dcs[2].auth',
      'session.dcs[3]',
      'session.dcs[4]',
      'session.state',
      'session.user',
      'takeoutId',
    ]);
    expect(notes).toEqual([]);
    const again = await readText(text);
    const dcs = session.dcs.slice(0, 3).map((dc) => (dc.id === 3 ? { ...dc, auth: null } : dc));
    expect(again.session.equals(new Session({ dcs }))).toBe(true);
    expect(again.mainDc).toBe(2);
  });

  test('without a key there is no session of gotd', async () => {
    const session = new Session({
      dcs: [
        { id: 1, auth },
        { id: 2, ipv4Addr: '149.154.167.50:443' },
      ],
    });
    const snapshot = snapshotOf(session, { mainDc: 2 });
    await failure(() => write([snapshot], NAME), 'CANNOT_HOLD', 'session.dcs[1].auth');
    await failure(() => write([snapshotOf(new Session())], NAME), 'CANNOT_HOLD', 'session.dcs');
  });

  test('a data centre that nobody knows is written without an address; one that is known with its usual one', async () => {
    const at = (id: number, fields: Partial<Snapshot> = {}) =>
      writeText(snapshotOf(new Session({ dcs: [{ id, auth }] }), { testMode: false, ...fields }));
    expect(JSON.parse((await at(77)).text).Data.Config.DCOptions).toBeNull();
    const { text, notes } = await at(4);
    expect(notes).toEqual(['Data centre 4 had no address: its usual one, 149.154.167.91:443, was written.']);
    expect((await readText(text)).session.dcs[0]!.ipv4Addr).toBe('149.154.167.91:443');
    expect((await at(4, { testMode: null })).notes).toHaveLength(1);
    expect((await at(77, { testMode: null })).notes.join()).toMatch(/taken for "no"/);
  });

  test('any snapshot comes back, but for exactly what was reported as lost', async () => {
    expect(await expectRoundTrips(NAME, 500)).toBeGreaterThan(50);
  });
});
