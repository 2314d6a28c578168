/** The real GramJS and teleproto read what we write, and we read what they write. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { formatGramjsString, parseGramjsString, read, snapshotOf, write } from '../../src/formats/index.ts';
import type { Peer } from '../../src/peers.ts';
import { Session } from '../../src/session.ts';
import { temporaryFolder } from '../support/folder.ts';
import { locate } from '../support/live.ts';

const auth = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + 11) & 255);
const other = Uint8Array.from({ length: 256 }, (_, i) => (i * 5 + 1) & 255);
const sha256 = (key: Uint8Array) => createHash('sha256').update(key).digest('hex');

/** Runs a script of CommonJS in a process of its own: the libraries keep what they store by name, and write to `.`. */
function run(folder: string, sessions: string, script: string, ...args: string[]): unknown {
  const start = `const { StringSession, StoreSession } = require(process.argv[1]);
    const { Api } = require(process.argv[1].replace(/sessions.index\\.js$/, 'tl/index.js'));
    const { AuthKey } = require(process.argv[1].replace(/sessions.index\\.js$/, 'crypto/AuthKey.js'));
    const hash = (key) => key && require('node:crypto').createHash('sha256').update(key.getKey()).digest('hex');
    const newKey = async () => { const key = new AuthKey();
      await key.setKey(Buffer.from(Array.from({ length: 256 }, (_, i) => (i * 37 + 11) & 255))); return key; };
    const [, , ...args] = process.argv;
    (async () => { ${script} })().then((result) => console.log(JSON.stringify(result)));`;
  const out = execFileSync(process.execPath, ['-e', start, sessions, ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
  return JSON.parse(out.trim().split('\n').at(-1)!);
}

const peers: Peer[] = [
  { kind: 'user', id: 777000, accessHash: -5n, usernames: ['telegram'], phone: '42777', name: 'T', seen: 17 },
  { kind: 'channel', id: 1234567890, accessHash: 99n, usernames: [], phone: null, name: 'News', seen: null },
  { kind: 'channel', id: 12345678901, accessHash: 98n, usernames: [], phone: null, name: 'New', seen: null },
  { kind: 'chat', id: 55, accessHash: null, usernames: [], phone: null, name: 'Grp', seen: null },
];
const session = new Session({
  dcs: [
    { id: 2, ipv4Addr: '149.154.167.50:443', auth },
    { id: 4, auth: other },
  ],
});

describe.each(['telegram', 'teleproto'])('%s', (library) => {
  const path = locate(`${library}/sessions/index.js`);

  test.skipIf(path === null).each([
    ['149.154.167.51:443', null, '149.154.167.51'],
    ['91.108.56.130:80', null, '91.108.56.130'],
    ['127.0.0.1:32767', null, '127.0.0.1'],
    [null, '2001:67c:4e8:f002::a:443', '2001:67c:4e8:f002::a'],
    [null, '::1:8443', '0:0:0:0:0:0:0:1'],
  ])('reads our string, and writes it again to the letter (%s %s)', (ipv4Addr, ipv6Addr, server) => {
    const line = formatGramjsString(new Session({ dcs: [{ id: 2, ipv4Addr, ipv6Addr, auth }] }));
    const script = `const s = new StringSession(args[0]); await s.load();
      return [s.dcId, s.serverAddress, hash(s.authKey), s.save() === args[0]];`;
    expect(run(temporaryFolder(), path!, script, line)).toEqual([2, server, sha256(auth), true]);
  });

  test.skipIf(path === null)('writes strings that we read', () => {
    const script = `const s = new StringSession(''); s.setDC(4, '149.154.167.91', 443);
      s.setAuthKey(await newKey(), 4); return s.save();`;
    const line = run(temporaryFolder(), path!, script) as string;
    const expected = new Session({ dcs: [{ id: 4, ipv4Addr: '149.154.167.91:443', auth }] });
    expect(parseGramjsString(line).equals(expected)).toBe(true);
  });

  test.skipIf(path === null)('opens our folder, and finds everybody in it', async () => {
    const folder = temporaryFolder();
    const { files } = await write(
      [snapshotOf(session, { peers, mainDc: 2, testMode: true })],
      'gramjs-store-session',
      {
        name: 'ours (1)',
      },
    );
    mkdirSync(join(folder, 'ours (1)'));
    for (const [name, bytes] of files) writeFileSync(join(folder, 'ours (1)', name), bytes);
    const script = `const s = new StoreSession('ours (1)'); await s.load();
      const entity = (id) => { const e = s.getInputEntity(id); return [e.className, String(e.accessHash)]; };
      return { dc: [s.dcId, s.serverAddress, s.port, hash(s.authKey)], four: hash(s.getAuthKey(4)) ?? null,
        test: s.testServers ?? null, peers: [777000, '-1001234567890', '-10012345678901', -55].map(entity) };`;
    const isTeleproto = library === 'teleproto';
    expect(run(folder, path!, script)).toEqual({
      dc: [2, '149.154.167.50', 443, sha256(auth)],
      four: isTeleproto ? sha256(other) : null,
      test: isTeleproto ? true : null,
      peers: [
        ['InputPeerUser', '-5'],
        ['InputPeerChannel', '99'],
        ['InputPeerChannel', '98'],
        ['InputPeerChat', 'undefined'],
      ],
    });
  });

  test.skipIf(path === null)('writes folders that we read', async () => {
    const folder = temporaryFolder();
    const script = `const s = new StoreSession('theirs'); await s.load(); s.setDC(2, '149.154.167.51', 443);
      s.setAuthKey(await newKey(), 2); s.authKey = await newKey();
      const big = require(require.resolve('big-integer', { paths: [process.argv[1]] }));
      await s.processEntities([new Api.User({ id: big(777000), accessHash: big('-5'), username: 'Telegram', firstName: 'T' }),
        new Api.Chat({ id: big(55), title: 'grp', photo: new Api.ChatPhotoEmpty(), participantsCount: 1, date: 1, version: 1 })]);
      s.save(); return true;`;
    expect(run(folder, path!, script)).toBe(true);
    const { format, snapshots } = await read({ path: join(folder, 'theirs') });
    expect(format).toBe('gramjs-store-session');
    expect(snapshots[0]!.session.dcs[0]).toMatchObject({ id: 2, ipv4Addr: '149.154.167.51:443' });
    expect(sha256(snapshots[0]!.session.dcs[0]!.auth!)).toBe(sha256(auth));
    expect(snapshots[0]!.peers).toMatchObject([
      { kind: 'user', id: 777000, accessHash: -5n, usernames: ['telegram'], name: 'T' },
      { kind: 'chat', id: 55, accessHash: null, name: 'grp' },
    ]);
  });
});
