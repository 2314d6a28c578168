/** The data centre itself: its log, answers of tests, its ends, and what it does with clients that it does not know. */

import { connect } from 'node:net';
import { tl } from '@mtcute/node';
import { describe, expect, test } from 'vitest';
import { RpcError, type Schema } from '../../../src/testing/dc/index.ts';
import { SAMPLE_KEY_MARK, sampleKey } from '../../../src/testing/samples.ts';
import { gramjsClient, mtcuteClient, rpcErrorOf, startDc } from '../../support/loopback.ts';

const users = [{ id: 1000, phone: '+99966' }];

async function known(more?: object) {
  const dc = await startDc({ users, ...more });
  dc.authKeys.add(sampleKey(1), 1000);
  return { dc, me: await mtcuteClient(dc, { authKey: sampleKey(1) }) };
}

describe('the log', () => {
  test('tells everything in order, with the fields of calls', async () => {
    const dc = await startDc({ users });
    const me = await mtcuteClient(dc);
    await me.logIn('+99966', '12345');
    await me.close();
    await dc.log.until((log) => log.of('disconnect')[0]);
    const kinds = dc.log.entries.map(({ kind }) => kind);
    expect([...new Set(kinds)]).toEqual(['connect', 'transport', 'handshake', 'request', 'disconnect']);
    const { request, layer, user, client } = dc.log.requests('auth.signIn')[0]!;
    expect({ layer, user }).toEqual({ layer: tl.LAYER, user: null });
    expect(request).toMatchObject({ phoneNumber: '99966', phoneCode: '12345' });
    expect(dc.log.requests().find((each) => each.client !== null)!.client).toMatchObject({ apiId: 1 });
    expect(client === null || client.apiId === 1).toBe(true);
    expect(dc.log.of('disconnect')[0]).toMatchObject({ by: 'client' });
  });

  test('holds no byte of a key', async () => {
    const { dc, me } = await known();
    await me.getMe();
    const text = JSON.stringify(dc.log.entries, (_, value) =>
      typeof value === 'bigint' ? `${value}` : value,
    );
    expect(text).not.toContain(SAMPLE_KEY_MARK);
    expect(text).not.toContain(JSON.stringify([...sampleKey(1).subarray(0, 8)]).slice(1, -1));
  });
});

describe('an answer of the test', () => {
  test('stands in place of that of the data centre, until it is taken back', async () => {
    const { dc, me } = await known();
    dc.answer('help.getNearestDc', (request, { user }) => ({
      _: 'nearestDc',
      country: `${request._} ${user}`,
      thisDc: 2,
      nearestDc: 5,
    }));
    const ask = () => me.client.call({ _: 'help.getNearestDc' });
    expect(await ask()).toMatchObject({ country: 'help.getNearestDc 1000', nearestDc: 5 });
    dc.answer('help.getNearestDc', null);
    expect(await ask()).toMatchObject({ nearestDc: 2 });
  });

  test('may be an error, or nothing', async () => {
    const { dc, me } = await known();
    let calls = 0;
    dc.answer('users.getUsers', () => {
      if (calls++ === 0) throw new RpcError(400, 'USER_ID_INVALID');
      return undefined;
    });
    expect(await rpcErrorOf(me.getMe())).toBe('400 USER_ID_INVALID');
    expect(await me.getMe()).toBe(1000);
  });

  test('reaches every client in its own layer', async () => {
    const { dc } = await known();
    dc.answer('users.getUsers', () => [
      { _: 'user', self: true, id: 1000, accessHash: 5n, firstName: 'Ünï' },
    ]);
    for (const name of ['telegram', 'teleproto'] as const) {
      const { client, connect } = await gramjsClient(name, dc, { authKey: sampleKey(1) });
      await connect();
      expect(await client.getMe()).toMatchObject({ firstName: 'Ünï' });
    }
    const layers = new Set(dc.log.requests('users.getUsers').map(({ layer }) => layer));
    expect([...layers]).toEqual([198, 229]);
  });

  test('that is not in the schema, or fails, is a fault in the log', async () => {
    const { dc, me } = await known();
    dc.answer('users.getUsers', () => [{ _: 'noSuchThing' }]);
    expect(await rpcErrorOf(me.getMe())).toBe('400 ANSWER_NOT_IN_SCHEMA');
    dc.answer('users.getUsers', () => {
      throw new Error('a mistake');
    });
    expect(await rpcErrorOf(me.getMe())).toBe('400 ANSWER_FAILED');
    expect(dc.log.of('fault').map(({ error }) => `${error}`)).toEqual([
      'Error: Unknown object noSuchThing',
      'Error: a mistake',
    ]);
    dc.log.clear();
  });
});

test('a method that nobody answers is named as such', async () => {
  const { me } = await known();
  expect(await rpcErrorOf(me.client.call({ _: 'account.getContentSettings' }))).toBe(
    '400 METHOD_NOT_SCRIPTED',
  );
});

test('a client of a layer that no package here has is told so, unless its schema is given', async () => {
  const dc = await startDc({ users });
  dc.authKeys.add(sampleKey(1), 1000);
  const schema: Schema = {
    layer: 321,
    read: () => ({ _: 'help.getNearestDc' }),
    write: () => Buffer.alloc(8, 7),
  };
  const given = await startDc({ users, schemas: [schema] });
  given.authKeys.add(sampleKey(1), 1000);
  for (const [at, answer] of [
    [dc, '400 CONNECTION_LAYER_INVALID'],
    [given, undefined],
  ] as const) {
    const me = await mtcuteClient(at, { authKey: sampleKey(1), more: { overrideLayer: 321 } });
    const call = rpcErrorOf(me.client.call({ _: 'help.getNearestDc' }));
    if (answer === undefined) await at.log.request('help.getNearestDc');
    else expect(await call).toBe(answer);
    await me.close();
  }
  expect(given.log.requests('help.getNearestDc')[0]!.layer).toBe(321);
  expect(`${dc.log.of('fault')[0]!.error}`).toMatch(/layer 321/);
  dc.log.clear();
});

test('it listens on 127.0.0.1 alone, on a port that every session can hold, and is gone when it is closed', async () => {
  const dc = await startDc();
  expect(dc.address).toBe(`127.0.0.1:${dc.port}`);
  expect(dc.port).toBeLessThan(32_768);
  const socket = connect(dc.port, dc.host);
  await dc.log.until((log) => log.of('connect')[0]);
  const ended = new Promise((resolve) => socket.on('close', resolve));
  await dc.close();
  await ended;
  const error = await new Promise<Error & { code?: string }>((resolve) => {
    connect(dc.port, dc.host).on('error', resolve);
  });
  expect(error.code).toBe('ECONNREFUSED');
});

test('keys that are none are not taken', async () => {
  const dc = await startDc();
  expect(() => dc.authKeys.add(new Uint8Array(255))).toThrow(/256 bytes/);
  expect(() => dc.authKeys.add(new Uint8Array(256))).toThrow(/zero/);
});
