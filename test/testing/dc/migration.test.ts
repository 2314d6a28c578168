/** Two data centres beside each other: clients are sent home, and logins go along. */

import { describe, expect, test } from 'vitest';
import { sampleKey } from '../../../src/testing/samples.ts';
import { clientNames, clientOf, gramjsClient, mtcuteClient, startDc } from '../../support/loopback.ts';

const users = [
  { id: 1000, phone: '+99966' },
  { id: 2000, phone: '+99977', password: 'password' },
  { id: 3000, token: '3000:token' },
];

/** Data centre 2, where clients begin, and 4, where everybody lives. */
async function two() {
  const dc2 = await startDc({ id: 2 });
  const dc4 = await startDc({ id: 4, users, beside: dc2 });
  return { dc2, dc4 };
}

describe.each(clientNames)('%s', (name) => {
  test.each([
    [
      'a phone number',
      (client: Awaited<ReturnType<typeof clientOf>>) => client.logIn('+99966', '12345'),
      1000,
    ],
    [
      'a phone number with a password',
      (client: Awaited<ReturnType<typeof clientOf>>) => client.logIn('+99977', '12345', 'password'),
      2000,
    ],
    ['a bot token', (client: Awaited<ReturnType<typeof clientOf>>) => client.logInBot('3000:token'), 3000],
  ])('follows %s to its data centre (303), and makes a key there', async (_, logIn, id) => {
    const { dc2, dc4 } = await two();
    const client = await clientOf(name, dc2);
    await client.connect();
    expect(await logIn(client)).toBe(id);
    expect(await client.dcId()).toBe(4);
    expect(await client.getMe()).toBe(id);
    expect(dc2.authKeys.ids.map((key) => dc2.authKeys.userOf(key))).toEqual([null]);
    expect(dc4.authKeys.userOf((await client.authKey())!)).toBe(id);
  });

  test.each([
    ['', 1000, undefined],
    [' with a password', 2000, 'password'],
  ])('follows a QR code%s that somebody from elsewhere scanned', async (_, user, password) => {
    const { dc2, dc4 } = await two();
    const client = await clientOf(name, dc2);
    await client.connect();
    expect(await client.logInQr((token) => dc2.acceptLoginToken(token, user), password)).toBe(user);
    expect(await client.dcId()).toBe(4);
    expect(dc4.authKeys.userOf((await client.authKey())!)).toBe(user);
  });
});

describe('a login goes along to another data centre, where the client has a key of its own', () => {
  test('mtcute', async () => {
    const { dc2, dc4 } = await two();
    dc4.authKeys.add(sampleKey(4), 1000);
    const { client, storage } = await mtcuteClient(dc4, { authKey: sampleKey(4) });
    const [me] = await client.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }, { dcId: 2 });
    expect(me).toMatchObject({ _: 'user', id: 1000 });
    expect(dc4.log.methods).toContain('auth.exportAuthorization');
    expect(dc2.log.methods).toContain('auth.importAuthorization');
    expect(dc2.authKeys.userOf((await storage.authKeys.get(2))!)).toBe(1000);
  });

  test('teleproto', async () => {
    const { dc2, dc4 } = await two();
    dc4.authKeys.add(sampleKey(4), 1000);
    const { client, connect } = await gramjsClient('teleproto', dc4, { authKey: sampleKey(4) });
    await connect();
    const { Api } = await import('teleproto');
    const request = new Api.users.GetUsers({ id: [new Api.InputUserSelf()] });
    const [me] = (await client.invoke(request as never, 2)) as unknown as { id: unknown }[];
    expect(Number(me!.id)).toBe(1000);
    expect(dc2.log.methods).toContain('auth.importAuthorization');
  });

  test('and what was exported is good once, and for nobody else', async () => {
    const { dc2, dc4 } = await two();
    dc4.authKeys.add(sampleKey(4), 1000);
    dc2.authKeys.add(sampleKey(2));
    const home = await mtcuteClient(dc4, { authKey: sampleKey(4) });
    const other = await mtcuteClient(dc2, { authKey: sampleKey(2) });
    const { id, bytes } = await home.client.call({ _: 'auth.exportAuthorization', dcId: 2 });
    const importAs = (user: typeof id) =>
      other.client.call({ _: 'auth.importAuthorization', id: user, bytes });
    await expect(importAs(id.add(1))).rejects.toThrow('AUTH_BYTES_INVALID');
    expect(await importAs(id)).toMatchObject({ _: 'auth.authorization' });
    await expect(importAs(id)).rejects.toThrow('AUTH_BYTES_INVALID');
  });
});
