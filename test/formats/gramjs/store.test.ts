/** Folders and browser dumps of StoreSession: all items both ways, and nothing else in the folder is touched. */

import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detect, read, snapshotOf, write } from '../../../src/formats/index.ts';
import { openInput } from '../../../src/formats/input.ts';
import type { Peer } from '../../../src/peers.ts';
import { Session } from '../../../src/session.ts';
import { failure } from '../../support/errors.ts';
import { stateOf, temporaryFolder } from '../../support/folder.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns, mutate, randomFrom } from '../../support/mutate.ts';
import { expectRoundTrips } from '../../support/through-format.ts';

const family = new Family('gramjs');
const NAME = 'gramjs-store-session';
const auth = new Uint8Array(256).map((_, i) => (i * 7 + 3) & 255);
const files = (folder = 'store-teleproto/tacct') => family.files(folder);
const text = (value: string) => new TextEncoder().encode(value);

/** The folder with some items changed; undefined takes one away. */
function changed(items: Record<string, string | undefined>, folder?: string): Map<string, Uint8Array> {
  const result = files(folder);
  const [prefix] = [...result.keys()][0]!.split('%3A');
  for (const [item, value] of Object.entries(items)) {
    if (value === undefined) result.delete(`${prefix}%3A${item}`);
    else result.set(`${prefix}%3A${item}`, text(value));
  }
  return result;
}

describe('reading', () => {
  test('keys of other data centres, the test flag, peers', async () => {
    const { snapshots } = await read({ files: files() });
    const [{ session, mainDc, testMode, peers }] = snapshots as [(typeof snapshots)[0]];
    expect(session.dcs.map(({ id, auth }) => [id, auth?.length])).toEqual([
      [2, 256],
      [1, 256],
      [4, 256],
    ]);
    expect({ mainDc, testMode }).toEqual({ mainDc: 2, testMode: false });
    expect(peers).toMatchObject([
      {
        kind: 'user',
        id: 777000,
        accessHash: -1234567890123456789n,
        usernames: ['telegram'],
        phone: '42777',
      },
      { kind: 'channel', id: 1234567890, accessHash: 987654321987654321n, name: 'Chan"nel', seen: null },
      { kind: 'chat', id: 55, accessHash: null, name: 'grp' },
    ]);
    const gramjs = await read({ files: files('store-gramjs/acct') });
    expect([...gramjs.snapshots[0]!.peers][0]!.seen).toBe(1795477269);
  });

  test('channel ids of eleven digits have the mark of GramJS, not that of others', async () => {
    const row = JSON.stringify(['-10012345678901', '5', null, null, null]);
    const { snapshots } = await read({ files: changed({ '-10012345678901': row }) });
    expect(snapshots[0]!.peers).toContainEqual(expect.objectContaining({ kind: 'channel', id: 12345678901 }));
    const { files: written } = await write(snapshots, NAME, { name: 'x' });
    expect([...written.keys()]).toContain('x%3A-10012345678901');
    const other = JSON.stringify(['-1012345678901', '5', null, null, null]);
    const odd = await read({ files: changed({ '-1012345678901': other }) });
    expect(odd.snapshots[0]!.peers).toHaveLength(3);
    expect(odd.snapshots[0]!.notes.join()).toMatch(/1 peers have an id that no peer has/);
  });

  test('several sessions in a folder are all read, and a damaged one does not fail the others', async () => {
    const both = new Map([...files('store-gramjs/acct'), ...files('store-teleproto-test/tsess')]);
    const { snapshots } = await read({ files: both });
    expect(snapshots.map(({ extra }) => extra.sessionName)).toEqual(['acct', 'tsess']);
    both.set('acct%3Aport', text('"x"'));
    const rest = await read({ files: both });
    expect(rest.snapshots.map(({ extra }) => extra.sessionName)).toEqual(['tsess']);
    expect(rest.snapshots[0]!.notes.join()).toMatch(/Another session .*port must be an integer/);
  });

  test.each<[string, Record<string, string | undefined>, string]>([
    [
      'a key of 255 bytes',
      { authKey: JSON.stringify({ type: 'Buffer', data: Array(255).fill(7) }) },
      'authKey',
    ],
    ['a key with a byte of 256', { authKey: JSON.stringify({ type: 'Buffer', data: [256] }) }, 'authKey'],
    ['a key that is text', { authKey: '"00ff"' }, 'authKey'],
    ['a key that is no JSON', { authKey: '{"type":"Buffer","data":[1,2' }, ''],
    ['a data centre that is text', { dcId: '"2"' }, 'dcId'],
    ['the data centre 0', { dcId: '0' }, 'dcId'],
    ['the port 0', { port: '0' }, 'port'],
    ['no port', { port: undefined }, 'port'],
    ['a broken address', { serverAddress: '"1.2.3.400"' }, 'serverAddress'],
    ['an address that is a number', { serverAddress: '5' }, 'serverAddress'],
    ['a test flag that is text', { testServers: '"false"' }, 'testServers'],
    ['a list of other keys', { dcAuthKeys: '[]' }, 'dcAuthKeys'],
    ['another key of 3 bytes', { dcAuthKeys: '{"4":{"type":"Buffer","data":[1,2,3]}}' }, 'dcAuthKeys[4]'],
    ['a key of no data centre', { dcAuthKeys: '{"x":{"type":"Buffer","data":[1]}}' }, 'dcAuthKeys[?]'],
    ['a peer that is no list', { '777000': '{}' }, 'peers[777000]'],
    ['a peer of another id', { '777000': '["777001","1",null,null,null]' }, 'peers[777000].id'],
    [
      'an access hash of 65 bits',
      { '777000': '["777000","9223372036854775808",null,null,null]' },
      'peers[777000].accessHash',
    ],
    ['a name that is a number', { '777000': '["777000","1",null,null,5]' }, 'peers[777000].name'],
    ['a time that is none', { '777000': '["777000","1",null,null,null,"-5"]' }, 'peers[777000].time'],
    ['a file larger than any item', { dcAuthKeys: `{${' '.repeat(70000)}}` }, 'dcAuthKeys'],
  ])('%s is refused by item', async (_, items, field) => {
    const error = await failure(() => read({ files: changed(items) }), 'INVALID_VALUE');
    if (field !== '') expect(error.field).toBe(field);
  });

  test('an old key of the main data centre among the others is left out, and noted', async () => {
    const old = JSON.stringify({ 2: { type: 'Buffer', data: [...auth] } });
    const { snapshots } = await read({ files: changed({ dcAuthKeys: old }) });
    expect(snapshots[0]!.session.dcs).toHaveLength(1);
    expect(snapshots[0]!.notes.join()).toMatch(/old key of data centre 2/);
  });

  test('the test flag of teleproto counts for more than the address, and a contradiction is noted', async () => {
    const { snapshots } = await read({
      files: changed({ testServers: 'false' }, 'store-teleproto-test/tsess'),
    });
    expect(snapshots[0]!.testMode).toBe(false);
    expect(snapshots[0]!.notes.join()).toMatch(/testServers says no/);
  });

  test('other dividers and names are found by themselves', async () => {
    const original = files('store-gramjs/acct');
    for (const prefix of ['acct', 'a-', 'deep%2Fname%3A', 'acct7', '%25%3A']) {
      const renamed = new Map([...original].map(([name, bytes]) => [name.replace('acct%3A', prefix), bytes]));
      const { snapshots } = await read({ files: renamed });
      expect(snapshots[0]!.peers).toHaveLength(3);
    }
  });

  test('mutants of every item are read or refused', async () => {
    const folders = ['store-gramjs/acct', 'store-teleproto/tacct', 'store-gramjs-nokey/nokey'].map(files);
    const runs = fuzzRuns(3000);
    // The bytes fuzzed are the seed of which item to spoil.
    const result = await fuzz([new Uint8Array(8)], { runs, seed: 3, limitMs: 1000 }, async (bytes) => {
      const random = randomFrom(bytes.reduce((sum, byte, i) => sum + byte * (i + 1), bytes.length));
      const folder = new Map(folders[Math.floor(random() * folders.length)]!);
      const names = [...folder.keys()];
      const name = names[Math.floor(random() * names.length)]!;
      folder.set(name, mutate(folder.get(name)!, random));
      const { snapshots } = await read({ files: folder }, { from: NAME });
      for (const dc of snapshots[0]!.session.dcs) if (dc.auth !== null) expect(dc.auth).toHaveLength(256);
    });
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});

describe('writing', () => {
  const session = new Session({
    dcs: [
      { id: 2, ipv4Addr: '149.154.167.50:443', ipv6Addr: '2001:67c:4e8:f002::a:443', auth },
      { id: 4, ipv4Addr: '149.154.167.91:443', auth },
      { id: 5, ipv4Addr: '91.108.56.130:443' },
    ],
    user: { id: 5, dc: 2, bot: false },
  });

  test('what a real folder holds is written again to the letter', async () => {
    for (const [folder, name] of [
      ['store-gramjs/acct', 'acct'],
      ['store-teleproto/tacct', 'tacct'],
      ['store-gramjs-space/my session', 'my session'],
    ] as const) {
      const { snapshots } = await read({ files: files(folder) });
      const { files: written, losses } = await write(snapshots, NAME, { name });
      expect(losses).toEqual([]);
      // GramJS has neither; times in milliseconds become seconds.
      const plain = (map: Map<string, Uint8Array>) =>
        Object.fromEntries(
          [...map]
            .filter(([file]) => folder.includes('tacct') || !file.endsWith('testServers'))
            .map(([file, bytes]) => [
              file,
              Buffer.from(bytes)
                .toString()
                .replace(/\d{3}"\]$/, '000"]'),
            ]),
        );
      expect(plain(written)).toEqual(plain(files(folder)));
    }
  });

  test('says all that is lost', async () => {
    const peer = (fields: Partial<Peer>): Peer => ({
      kind: 'user',
      id: 7,
      accessHash: 1n,
      usernames: [],
      phone: null,
      name: null,
      seen: null,
      ...fields,
    });
    const peers = [
      peer({ usernames: ['Alice', 'b'], bot: true }),
      peer({ id: 8, accessHash: null }),
      peer({ kind: 'channel', id: 55 }),
      peer({ id: 9, name: 'a\0b', phone: '\ud800', seen: 2 ** 53 - 1 }),
      peer({ id: 9 }),
    ];
    const { files: written, losses } = await write([snapshotOf(session, { peers, testMode: true })], NAME);
    expect(losses.map(({ field }) => field).sort()).toEqual(
      [
        'peers',
        'peers',
        'peers',
        'peers.name',
        'peers.phone',
        'peers.seen',
        'peers.type',
        'peers.usernames',
        'session.dcs[0].ipv6Addr',
        'session.dcs[1].ipv4Addr',
        'session.dcs[2]',
        'session.user',
      ].sort(),
    );
    const { snapshots } = await read({ files: written });
    expect(snapshots[0]).toMatchObject({ testMode: true, mainDc: 2 });
    expect(snapshots[0]!.session.dcs.map(({ id }) => id)).toEqual([2, 4]);
    expect([...snapshots[0]!.peers].map(({ id }) => id)).toEqual([7, 9]);
  });

  test('more peers than the folder may hold are left out, and counted', async () => {
    const peers = Array.from({ length: 2000 }, (_, i) => ({
      kind: 'user' as const,
      id: i + 1,
      accessHash: 1n,
      usernames: [],
      phone: null,
      name: 'x'.repeat(4000),
      seen: null,
    }));
    const { files: written, losses } = await write([snapshotOf(session, { peers })], NAME);
    const size = [...written.values()].reduce((sum, { length }) => sum + length, 0);
    expect(size).toBeLessThan(5 * 1024 * 1024 - 100_000);
    expect(losses.find(({ field }) => field === 'peers')!.message).toMatch(/^\d+ peers: .*5 MiB/);
  });

  test.each(['session', 'local', 'page', '', 'a\0b', 'x'.repeat(101)])(
    'the name %j, which StoreSession cannot have, is refused',
    async (name) => {
      await failure(() => write([snapshotOf(session)], NAME, { name }), 'INVALID_VALUE', 'name');
    },
  );

  test('a name with anything in it is encoded as node-localstorage does', async () => {
    const { files: written } = await write([snapshotOf(session)], NAME, { name: "it's (a) b*!/c" });
    expect([...written.keys()]).toContain('it%27s%20%28a%29%20b%2A%21%2Fc%3AdcId');
    expect((await read({ files: written })).snapshots[0]!.extra.sessionName).toBe("it's (a) b*!/c");
  });
});

test.each(['gramjs-string', NAME])(
  '%s: any snapshot comes back, but for exactly what was lost',
  async (format) => {
    expect(await expectRoundTrips(format, 400)).toBeGreaterThan(50);
  },
);

describe('browser dumps', () => {
  test('entries of other programs are not looked at, values must be text', async () => {
    const dump = JSON.parse(family.text('browser-localstorage.json'));
    const parse = (value: unknown) => read({ bytes: text(JSON.stringify(value)) });
    const { format, snapshots } = await parse({ ...dump, theme: 'dark', port: '5', other: { a: 1 } });
    expect(format).toBe('gramjs-localstorage-dump');
    expect(snapshots[0]!.session.dcs[0]!.auth).toHaveLength(256);
    await failure(() => parse({ ...dump, 'web-acct:port': 443 }), 'INVALID_VALUE', 'port');
    await failure(() => parse({ dcId: '2', authKey: 'x' }), 'UNKNOWN_FORMAT');
    await failure(() => read({ text: '[]' }, { from: 'gramjs-localstorage-dump' }), 'INVALID_VALUE');
    await failure(() => read({ text: '{}' }, { from: 'gramjs-localstorage-dump' }), 'UNKNOWN_FORMAT');
  });

  test('mutants are read or refused', async () => {
    const inputs = [family.bytes('browser-localstorage.json')];
    const result = await fuzz(inputs, { runs: fuzzRuns(3000), seed: 5, limitMs: 1000 }, (bytes) =>
      read({ bytes }, { from: 'gramjs-localstorage-dump' }),
    );
    expect(result.read).toBeGreaterThan(0);
    expect(result.refused).toBeGreaterThan(0);
  });
});

describe('folders', () => {
  const onDisk = (content: Map<string, Uint8Array>) => {
    const folder = temporaryFolder();
    for (const [name, bytes] of content) writeFileSync(join(folder, name), bytes);
    return folder;
  };

  test('are read from disk, and nothing in them is touched', async () => {
    const folder = onDisk(files());
    const before = stateOf(folder);
    const { format, snapshots } = await read({ path: folder });
    expect(format).toBe(NAME);
    expect(snapshots[0]!.peers).toHaveLength(3);
    expect(stateOf(folder)).toEqual(before);
    expect((await detect({ path: folder }))[0]!.files).toHaveLength(9);
  });

  test('links in them are not followed, wherever they lead, and pipes are not opened', async () => {
    const folder = onDisk(files());
    const outside = join(temporaryFolder(), 'key');
    renameSync(join(folder, 'tacct%3AdcAuthKeys'), outside);
    symlinkSync(outside, join(folder, 'tacct%3AdcAuthKeys'));
    symlinkSync('/', join(folder, 'root'));
    execFileSync('mkfifo', [join(folder, 'tacct%3A5')]);
    const { snapshots } = await read({ path: folder });
    expect(snapshots[0]!.session.dcs).toHaveLength(1);
    expect(snapshots[0]!.notes).toContain('Links in the folder were not followed: 2.');
  });

  test('a file that becomes a link after it was listed is not read', async () => {
    const folder = onDisk(files());
    const input = openInput({ path: folder });
    expect(input.names).toContain('tacct%3AauthKey');
    unlinkSync(join(folder, 'tacct%3AauthKey'));
    symlinkSync('/etc/hostname', join(folder, 'tacct%3AauthKey'));
    await failure(() => input.head('tacct%3AauthKey'), 'INVALID_PATH');
    await failure(() => input.head('../x'), 'NOT_FOUND');
    await failure(() => input.head(), 'UNKNOWN_FORMAT');
    input.close();
  });

  test('names of deeper files are relative to the folder, and not endless', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'a/b/c/d/e/f'), { recursive: true });
    for (const name of ['x', 'a/x', 'a/b/c/d/x', 'a/b/c/d/e/x']) writeFileSync(join(folder, name), name);
    linkSync(join(folder, 'x'), join(folder, 'y'));
    const input = openInput({ path: folder });
    expect(input.names).toEqual(['x', 'y', 'a/x', 'a/b/c/d/x']);
    expect(Buffer.from(await input.bytes('a/b/c/d/x')).toString()).toBe('a/b/c/d/x');
    input.close();
  });

  test('of no known format, or named as a file format, are told by name', async () => {
    const folder = temporaryFolder();
    const error = await failure(() => read({ path: folder }), 'UNKNOWN_FORMAT');
    expect(error.message).toMatch(/folder/);
    await failure(() => read({ path: folder }, { from: 'telethon-string' }), 'UNKNOWN_FORMAT');
    await failure(() => read({ path: folder }, { from: NAME }), 'UNKNOWN_FORMAT');
    await failure(() => read({ text: 'x' }, { from: NAME }), 'UNKNOWN_FORMAT');
    await failure(() => read({ files: { a: 1 } as never }), 'INVALID_VALUE');
    expect(basename(folder)).not.toBe('');
  });
});
