/** Keys that are refused, in each way that Telegram refuses keys, and connections that break. */

import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { sameAuthKey } from '../../../src/auth-key.ts';
import { sampleKey } from '../../../src/testing/samples.ts';
import {
  clientNames,
  clientOf,
  gramjsClient,
  mtcuteClient,
  rpcErrorOf,
  startDc,
} from '../../support/loopback.ts';

const users = [{ id: 1000, phone: '+99966' }];

/** A data centre that knows a key, and a client that has it. */
async function known(name: (typeof clientNames)[number], more?: object) {
  const dc = await startDc({ users });
  dc.authKeys.add(sampleKey(1), 1000);
  const client = await clientOf(name, dc, { authKey: sampleKey(1), ...(more ? { more } : {}) });
  return { dc, client };
}

describe('a key that is not known (-404)', () => {
  test('mtcute drops it, makes another, and is nobody', async () => {
    const dc = await startDc({ users });
    const client = await mtcuteClient(dc, { authKey: sampleKey(9) });
    expect(await rpcErrorOf(client.getMe())).toBe('401 AUTH_KEY_UNREGISTERED');
    expect(dc.log.of('refusal').map(({ reason }) => reason)).toContain('-404');
    expect(dc.log.of('handshake')).toHaveLength(1);
  });

  test('teleproto drops it and says so', async () => {
    const dc = await startDc({ users });
    const client = await gramjsClient('teleproto', dc, {
      authKey: sampleKey(9),
      more: { connectionRetries: 1, autoReconnect: false },
    });
    await expect(client.connect()).rejects.toThrow('Connection to dc 2 was lost');
    expect(dc.log.of('refusal').map(({ reason }) => reason)).toEqual(['-404']);
    expect(await client.authKey()).toBeUndefined();
  });

  test('telegram keeps it, and never hears of its call again', async () => {
    const dc = await startDc({ users });
    const client = await gramjsClient('telegram', dc, {
      authKey: sampleKey(9),
      more: { connectionRetries: 1 },
    });
    void client.connect().catch(() => {});
    await dc.log.until((log) => log.of('refusal')[0]);
    expect(sameAuthKey((await client.authKey())!, sampleKey(9))).toBe(true);
  });

  test('a key that is destroyed while it is in use', async () => {
    const { dc, client } = await known('mtcute');
    expect(await client.getMe()).toBe(1000);
    expect(dc.authKeys.destroy(sampleKey(1))).toBe(true);
    expect(await rpcErrorOf(client.getMe())).toBe('401 AUTH_KEY_UNREGISTERED');
    expect(dc.log.of('refusal').map(({ reason }) => reason)).toContain('-404');
  });
});

describe.each(clientNames)('%s', (name) => {
  test('whose login was ended elsewhere is told 401', async () => {
    const { dc, client } = await known(name);
    await client.connect();
    expect(await client.getMe()).toBe(1000);
    dc.authKeys.revoke(sampleKey(1));
    const error = await rpcErrorOf(client.getMe());
    expect(error).toBe('401 AUTH_KEY_UNREGISTERED');
    expect(sameAuthKey((await client.authKey())!, sampleKey(1))).toBe(true);
  });

  test('is told 406 when its key comes from a second address, and so is the other, for ever', async () => {
    const { dc, client } = await known(name);
    await client.connect();
    expect(await client.getMe()).toBe(1000);

    const port = await dc.listenAs('203.0.113.7');
    const second = await clientOf(name, dc, { authKey: sampleKey(1), port });
    const both = [
      rpcErrorOf(second.connect().then(() => second.getMe())),
      dc.log.until((log) => log.of('refusal')[0]),
    ];
    expect(await both[0]).toBe('406 AUTH_KEY_DUPLICATED');
    expect(await rpcErrorOf(client.getMe())).toBe('406 AUTH_KEY_DUPLICATED');
    await Promise.all([client.close(), second.close()]);

    const later = await clientOf(name, dc, { authKey: sampleKey(1) });
    expect(await rpcErrorOf(later.connect().then(() => later.getMe()))).toBe('406 AUTH_KEY_DUPLICATED');
    expect(new Set(dc.log.of('connect').map(({ from }) => from))).toEqual(
      new Set(['127.0.0.1', '203.0.113.7']),
    );
  });

  test('may use its key twice from one address, and from another one after the other', async () => {
    const { dc, client } = await known(name);
    const second = await clientOf(name, dc, { authKey: sampleKey(1) });
    await Promise.all([client.connect(), second.connect()]);
    expect(await Promise.all([client.getMe(), second.getMe()])).toEqual([1000, 1000]);
    await Promise.all([client.close(), second.close()]);
    await dc.log.until((log) => log.of('disconnect').length === log.of('connect').length);

    const port = await dc.listenAs('203.0.113.7');
    const third = await clientOf(name, dc, { authKey: sampleKey(1), port });
    await third.connect();
    expect(await third.getMe()).toBe(1000);
  });

  test('comes again after its connection was dropped, with the same key', async () => {
    const { dc, client } = await known(name);
    await client.connect();
    expect(await client.getMe()).toBe(1000);
    dc.log.clear();
    dc.drop();
    await dc.log.until((log) => log.of('connect')[0]);
    expect(await client.getMe()).toBe(1000);
    expect(dc.log.of('disconnect')[0]).toMatchObject({ by: 'server' });
    expect(dc.log.of('handshake')).toEqual([]);
  });
});

test('the address that a client really comes from counts, too', async () => {
  const dc = await startDc();
  const socket = connect({ port: dc.port, host: dc.host, localAddress: '127.0.0.2' });
  expect((await dc.log.until((log) => log.of('connect')[0])).from).toBe('127.0.0.2');
  socket.destroy();
});
