/** A session goes from each client to each other one: on one storage, and through the files of the clients' own. */

import { join } from 'node:path';
import { MemoryStorage, TelegramClient } from '@mtcute/node';
import * as mtcuteUtils from '@mtcute/node/utils.js';
import { describe, expect, onTestFinished, test } from 'vitest';
import { read, write } from '../../../src/formats/index.ts';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { type LoopbackDc, mtcuteOptions } from '../../../src/testing/dc/index.ts';
import { partsOf } from '../../support/drivers/gramjs.ts';
import { type ClientName, clientNames } from '../../support/drivers/index.ts';
import { keyIdsOf, quiet, start, stored, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

const pairs = clientNames.flatMap((from) =>
  clientNames.filter((to) => to !== from).map((to) => [from, to] as const),
);

/** A session file with a login of Alice that a client made, who has met Robert. */
async function madeBy(name: ClientName, dc: LoopbackDc) {
  const path = join(temporaryFolder(), 'a.session');
  const client = await start(name, new SqliteSession(path), dc);
  await client.logIn();
  const hash = await client.accessHash('robert');
  await client.stop();
  await quiet(dc);
  const [keyId] = keyIdsOf(await stored(new SqliteSession(path)));
  dc.log.clear();
  return { path, hash, keyId: keyId! };
}

/** That whoever came had the key, and did not log in. */
function expectNoLogin(dc: LoopbackDc, keyId: string): void {
  expect(dc.log.of('handshake')).toEqual([]);
  const requests = dc.log.requests();
  expect(requests.length).toBeGreaterThan(0);
  for (const { authKeyId, method } of requests) {
    expect(authKeyId).toBe(keyId);
    expect(method).not.toMatch(/^auth\./);
  }
}

describe('on one storage', () => {
  test.each(pairs)(
    'from %s to %s: no handshake, the same user, and whom one has met the other can reach',
    async (from, to) => {
      const dc = await startDc({ users });
      const { path, hash, keyId } = await madeBy(from, dc);
      const second = await start(to, new SqliteSession(path), dc);
      expect(await second.me()).toBe(1000);
      expect(await second.accessHash('robert')).toBe(hash);
      expect(dc.log.methods).not.toContain('contacts.resolveUsername');
      await second.stop();
      expectNoLogin(dc, keyId);
      expect([second.errors, second.aside]).toEqual([[], []]);
      expect(keyIdsOf(await stored(new SqliteSession(path)))).toEqual([keyId]);
    },
  );
});

/** The session string of each client. */
const FORMATS: Record<ClientName, string> = {
  mtcute: 'mtcute-string',
  telegram: 'gramjs-string',
  teleproto: 'gramjs-string',
};

/** A client of its own, without anything of ours: on a session string. */
async function onString(name: ClientName, text: string, dc: LoopbackDc) {
  if (name === 'mtcute') {
    const client = new TelegramClient({
      ...mtcuteOptions(mtcuteUtils, dc),
      storage: new MemoryStorage(),
      logLevel: 0,
      updates: false,
    });
    onTestFinished(() => client.destroy().catch(() => {}));
    if (text !== '') await client.importSession(text);
    return {
      logIn: async () => {
        await client.start({ phone: '+99966', code: async () => '12345', codeSentCallback() {} });
      },
      me: async () => (await client.getMe()).id,
      text: () => client.exportSession(),
      stop: () => client.destroy(),
    };
  }
  const { TelegramClient: Gramjs, StringSession, optionsFor } = partsOf(name);
  const session = new StringSession(text);
  if (text === '') session.setDC(dc.id, dc.host, dc.port);
  const client = new Gramjs(session, 1, 'loopback', optionsFor(dc) as never);
  onTestFinished(() => client.destroy().catch(() => {}));
  await client.connect();
  return {
    logIn: async () => {
      const words = { phoneNumber: '+99966', phoneCode: async () => '12345', onError: () => {} };
      await client.signInUser({ apiId: 1, apiHash: 'loopback' }, words as never);
    },
    me: async () => Number((await client.getMe()).id),
    text: async () => session.save() as unknown as string,
    stop: () => client.destroy(),
  };
}

describe('through the strings of their own', () => {
  test.each(pairs)('from %s to %s: no handshake, the same user', async (from, to) => {
    const dc = await startDc({ users });
    const first = await onString(from, '', dc);
    await first.logIn();
    const text = await first.text();
    await first.stop();
    await quiet(dc);
    const keyId = dc.log.requests('auth.signIn').at(-1)!.authKeyId;
    dc.log.clear();
    const { snapshots } = await read({ text });
    const { files } = await write(snapshots, FORMATS[to]);
    const second = await onString(to, new TextDecoder().decode([...files.values()][0]).trim(), dc);
    expect(await second.me()).toBe(1000);
    await second.stop();
    expectNoLogin(dc, keyId);
  });
});
