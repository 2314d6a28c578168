/** The JSON files of Pyrogram 0.4 to 0.14: the key is put together from its pieces, the peers from three maps. */

import { describe, expect, test } from 'vitest';
import { read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { testKey } from '../../support/sessions.ts';

const KEY = testKey('pyrogram');

describe('JSON', () => {
  const json = (fields: object) => {
    const key = Buffer.from(KEY)
      .toString('base64')
      .match(/.{1,43}/g);
    return JSON.stringify({ dc_id: 2, test_mode: false, auth_key: key, user_id: 5, ...fields });
  };
  const readJson = async (fields: object) =>
    (await read({ text: json(fields) }, { from: 'pyrogram-json' })).snapshots[0]!;

  test('peers are put together from the three maps', async () => {
    const { peers, notes } = await readJson({
      peers_by_id: { 7: 1, '-100234': null, '-100123456789': 5, '-1001234567890': 6, '-5': 9, 0: 1, x: 2 },
      peers_by_username: { alice: 7, nobody: 12 },
      peers_by_phone: { 49: 7 },
    });
    expect(peers).toMatchObject([
      { kind: 'user', id: 7, accessHash: 1n, usernames: ['alice'], phone: '49' },
      { kind: 'chat', id: 100234, accessHash: null },
      { kind: 'channel', id: 123456789, accessHash: 5n },
      { kind: 'channel', id: 1234567890, accessHash: 6n },
    ]);
    expect(notes.join()).toMatch(/4 entries of peers/);
  });

  test('access hashes of 64 bits are exact', async () => {
    const text = json({ peers_by_id: { 7: 'HASH' } }).replace('"HASH"', '-9223372036854775807');
    const { snapshots } = await read({ text }, { from: 'pyrogram-json' });
    expect([...snapshots[0]!.peers][0]!.accessHash).toBe(-9223372036854775807n);
    expect(snapshots[0]!.extra.peersById).toEqual({ 7: '-9223372036854775807' });
  });

  test.each<[string, object]>([
    ['dc_id', { dc_id: '2' }],
    ['test_mode', { test_mode: 0 }],
    ['auth_key', { auth_key: 'AAAA' }],
    ['auth_key', { auth_key: [1, 2] }],
    ['auth_key', { auth_key: ['!'] }],
    ['auth_key', { auth_key: null }],
    ['user_id', { user_id: -1 }],
    ['is_bot', { is_bot: 1 }],
    ['peers_by_id', { peers_by_id: [] }],
    ['peers_by_id[…]', { peers_by_id: { 7: 'x' } }],
    ['peers_by_username[…]', { peers_by_username: { a: null } }],
  ])('%s is checked', async (field, fields) => {
    await failure(() => readJson(fields), 'INVALID_VALUE', field);
  });

  test('a user that is not known is noted', async () => {
    const { session, notes } = await readJson({ user_id: null });
    expect(session.user).toBeNull();
    expect(notes.join()).toMatch(/does not say whose/);
  });
});
