/** The unmodified clients log in to the loopback data centre in every way, and are the ones they say. */

import { describe, expect, test } from 'vitest';
import { authKeyId } from '../../../src/auth-key.ts';
import { sampleKey } from '../../../src/testing/samples.ts';
import { clientNames, clientOf, rpcErrorOf, startDc } from '../../support/loopback.ts';

const users = [
  { id: 1000, phone: '+99966', code: '54321', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', password: 'päss wörd', passwordHint: 'words' },
  { id: 3000, token: '3000:token', username: 'the_bot' },
];

describe.each(clientNames)('%s', (name) => {
  test('is let in with a known key, without a handshake', async () => {
    const dc = await startDc({ users });
    dc.authKeys.add(sampleKey(1), 1000);
    const client = await clientOf(name, dc, { authKey: sampleKey(1) });
    await client.connect();
    expect(await client.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
    expect(dc.log.requests().every(({ authKeyId: id }) => id === authKeyId(sampleKey(1)))).toBe(true);
  });

  test('makes a key, logs in by code, and is let in with that key again', async () => {
    const dc = await startDc({ users });
    const first = await clientOf(name, dc);
    await first.connect();
    expect(await first.logIn('+999 66', '54321')).toBe(1000);
    const key = (await first.authKey())!;
    expect(dc.log.of('handshake').map(({ authKeyId: id }) => id)).toEqual([authKeyId(key)]);
    expect(dc.authKeys.userOf(key)).toBe(1000);
    await first.close();

    dc.log.clear();
    const again = await clientOf(name, dc, { authKey: Uint8Array.from(key) });
    await again.connect();
    expect(await again.getMe()).toBe(1000);
    expect(dc.log.of('handshake')).toEqual([]);
  });

  test('is refused with a wrong code, and stays logged out', async () => {
    const dc = await startDc({ users });
    const client = await clientOf(name, dc);
    await client.connect();
    expect(await rpcErrorOf(client.logIn('+99966', '00000'))).toBe('400 PHONE_CODE_INVALID');
    expect(await rpcErrorOf(client.logIn('+1234', '54321'))).toBe('400 PHONE_NUMBER_UNOCCUPIED');
    expect(dc.authKeys.userOf((await client.authKey())!)).toBeNull();
  });

  test('logs in with the password after the code, and not with another', async () => {
    const dc = await startDc({ users });
    const client = await clientOf(name, dc);
    await client.connect();
    expect(await rpcErrorOf(client.logIn('+99977', '12345', 'password'))).toBe('400 PASSWORD_HASH_INVALID');
    expect(await rpcErrorOf(client.getMe())).toBe('401 SESSION_PASSWORD_NEEDED');
    expect(await client.logIn('+99977', '12345', 'päss wörd')).toBe(2000);
    expect(await client.getMe()).toBe(2000);
  });

  test('logs in a bot by its token, and not by another', async () => {
    const dc = await startDc({ users });
    const client = await clientOf(name, dc);
    await client.connect();
    expect(await rpcErrorOf(client.logInBot('3000:other'))).toBe('400 ACCESS_TOKEN_INVALID');
    expect(await client.logInBot('3000:token')).toBe(3000);
    expect(await client.getMe()).toBe(3000);
  });

  test.each([
    ['', 1000, undefined],
    [' and a password', 2000, 'päss wörd'],
  ])('logs in by QR code%s', async (_, user, password) => {
    const dc = await startDc({ users });
    const client = await clientOf(name, dc);
    await client.connect();
    const logIn = client.logInQr((token) => dc.acceptLoginToken(token, user), password);
    expect(await logIn).toBe(user);
    expect(await client.getMe()).toBe(user);
  });

  test('logs out: its key is known still, and is nobody', async () => {
    const dc = await startDc({ users });
    dc.authKeys.add(sampleKey(1), 1000);
    const client = await clientOf(name, dc, { authKey: sampleKey(1) });
    await client.connect();
    await client.logOut();
    expect(dc.log.methods).toContain('auth.logOut');
    expect(dc.authKeys.has(sampleKey(1))).toBe(true);
    expect(dc.authKeys.userOf(sampleKey(1))).toBeNull();
  });
});
