/** The real Telethon v1 (Debian's python3-telethon 1.25.1) reads what we write, and we read what it writes. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  formatTelethonString,
  parseTelethonString,
  read,
  snapshotOf,
  write,
} from '../../src/formats/index.ts';
import { Session } from '../../src/session.ts';
import { inFolder } from '../support/telethon-fixtures.ts';

const PYTHON = '/usr/bin/python3';

function python(script: string, ...args: string[]): string {
  return execFileSync(PYTHON, ['-c', script, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** Its version, or null where it is not installed. */
const telethon = (() => {
  try {
    return python('import telethon; print(telethon.__version__)');
  } catch {
    return null;
  }
})();
if (telethon === null) {
  console.warn(
    `The tests against Telethon v1 are skipped: ${PYTHON} has no module telethon (apt install python3-telethon).`,
  );
}

const auth = Uint8Array.from({ length: 256 }, (_, i) => (i * 37 + 11) & 255);
const sha256 = createHash('sha256').update(auth).digest('hex');
const KEY_OF_PYTHON = 'bytes((i * 37 + 11) & 255 for i in range(256))';

describe.skipIf(telethon === null)(`Telethon ${telethon}`, () => {
  test.each([
    ['149.154.167.51:443', null],
    [null, '2001:67c:4e8:f002::a:80'],
    [null, '2001:0db8:0:0:1:0:0:1:65535'],
  ])('reads our string, and writes it again to the letter (%s %s)', (ipv4Addr, ipv6Addr) => {
    const line = formatTelethonString(new Session({ dcs: [{ id: 2, ipv4Addr, ipv6Addr, auth }] }));
    const script = `
import sys, hashlib
from telethon.sessions import StringSession
s = StringSession(sys.argv[1])
print(s.dc_id, s.server_address, s.port, hashlib.sha256(s.auth_key.key).hexdigest(), s.save() == sys.argv[1])`;
    const { ipv4Addr: v4, ipv6Addr: v6 } = parseTelethonString(line).dcs[0]!;
    const address = (v4 ?? v6)!;
    const colon = address.lastIndexOf(':');
    expect(python(script, line)).toBe(
      `2 ${address.slice(0, colon)} ${address.slice(colon + 1)} ${sha256} True`,
    );
  });

  test('writes strings that we read', () => {
    const script = `
from telethon.sessions import StringSession
from telethon.crypto import AuthKey
s = StringSession()
s.set_dc(4, '2001:67c:4e8:f004::a', 443)
s.auth_key = AuthKey(${KEY_OF_PYTHON})
print(s.save())`;
    const session = parseTelethonString(python(script));
    expect(
      session.equals(new Session({ dcs: [{ id: 4, ipv6Addr: '2001:67c:4e8:f004::a:443', auth }] })),
    ).toBe(true);
  });

  const session = new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth }],
    user: { id: 5, dc: 2, bot: false, username: 'alice' },
    state: { pts: 11, qts: 12, date: 1700000000, seq: 13, channels: [{ id: 1234567890, pts: 14 }] },
  });
  const peers = [
    {
      kind: 'user',
      id: 5,
      accessHash: -(2n ** 63n),
      usernames: ['alice'],
      phone: '7999',
      name: 'Alice',
      seen: 17,
    },
    { kind: 'chat', id: 6, accessHash: null, usernames: [], phone: null, name: 'Gruppe ö', seen: null },
    {
      kind: 'channel',
      id: 1234567890,
      accessHash: 99n,
      usernames: ['news'],
      phone: null,
      name: 'News',
      seen: 18,
    },
  ] as const;

  test('opens our v1 file, finds everything in it, and leaves it as good after its own save', async () => {
    await inFolder([], async (folder) => {
      const snapshot = snapshotOf(session, {
        peers: peers.map((peer) => ({ ...peer, usernames: [...peer.usernames] })),
        takeoutId: -5n,
        phone: '7999',
      });
      const { files, losses } = await write([snapshot], 'telethon-v1-sqlite');
      expect(losses).toEqual([]);
      const path = join(folder, 'ours.session');
      writeFileSync(path, files.get('')!);
      const script = `
import sys, json, hashlib
from telethon.sessions import SQLiteSession
from telethon.tl.types import PeerUser, PeerChannel, PeerChat
s = SQLiteSession(sys.argv[1])
states = {i: [st.pts, st.qts, int(st.date.timestamp()), st.seq] for i, st in s.get_update_states()}
entity = lambda p: s.get_input_entity(p).to_dict()
print(json.dumps({
  'dc': [s.dc_id, s.server_address, s.port, hashlib.sha256(s.auth_key.key).hexdigest(), s.takeout_id],
  'states': states,
  'alice': str(entity('alice')['access_hash']),
  'phone': entity('+7999')['user_id'],
  'group': entity(PeerChat(6))['chat_id'],
  'news': str(entity(PeerChannel(1234567890))['access_hash']),
}))
s.takeout_id = None
s.save()
s.close()`;
      expect(JSON.parse(python(script, path))).toEqual({
        dc: [2, '149.154.167.51', 443, sha256, -5],
        states: { 0: [11, 12, 1700000000, 13], 1234567890: [14, 0, 1700000000, 0] },
        alice: String(-(2n ** 63n)),
        phone: 5,
        group: 6,
        news: '99',
      });
      const { snapshots } = await read({ path });
      expect(snapshots[0]!.session.equals(session)).toBe(true);
      expect(snapshots[0]!.takeoutId).toBeNull();
      expect([...snapshots[0]!.peers].map(({ id }) => id).sort()).toEqual([1234567890, 5, 6]);
    });
  });

  test('writes a v1 file that we read', async () => {
    await inFolder([], async (folder) => {
      const path = join(folder, 'theirs.session');
      const script = `
import sys, datetime
from telethon.sessions import SQLiteSession
from telethon.crypto import AuthKey
from telethon.tl.types import User
from telethon.tl.types.updates import State
s = SQLiteSession(sys.argv[1])
s.set_dc(4, '149.154.167.91', 443)
s.auth_key = AuthKey(${KEY_OF_PYTHON})
date = datetime.datetime.fromtimestamp(1700000000, tz=datetime.timezone.utc)
s.set_update_state(0, State(1, 2, date, 3, unread_count=0))
s.set_update_state(77, State(8, 0, date + datetime.timedelta(seconds=0.25), 0, unread_count=0))
s.process_entities([User(id=5, access_hash=-7, username='Alice', phone='7999', first_name='A')])
s.save()
s.close()`;
      python(script, path);
      const before = readFileSync(path);
      const { format, version, snapshots } = await read({ path });
      expect({ format, version }).toEqual({ format: 'telethon-v1-sqlite', version: 7 });
      const expected = new Session({
        dcs: [{ id: 4, ipv4Addr: '149.154.167.91:443', auth }],
        state: { pts: 1, qts: 2, date: 1700000000, seq: 3, channels: [{ id: 77, pts: 8 }] },
      });
      expect(snapshots[0]!.session.equals(expected)).toBe(true);
      expect([...snapshots[0]!.peers]).toMatchObject([
        { kind: 'user', id: 5, accessHash: -7n, usernames: ['alice'], phone: '7999', name: 'A' },
      ]);
      expect(readFileSync(path).equals(before)).toBe(true);
    });
  });

  test('cannot open schema 8, which is why 7 is what we write unless told otherwise', async () => {
    await inFolder([], async (folder) => {
      const { files } = await write([snapshotOf(session)], 'telethon-v1-sqlite', { version: 8 });
      const path = join(folder, 'v8.session');
      writeFileSync(path, files.get('')!);
      const open = 'import sys; from telethon.sessions import SQLiteSession; SQLiteSession(sys.argv[1])';
      expect(() => python(open, path)).toThrow(/too many values to unpack/);
    });
  });
});
