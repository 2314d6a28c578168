/** The update stream: what clients ask with, what they get, and that a state which was stored is gone on from. */

import { describe, expect, test } from 'vitest';
import { sampleKey } from '../../../src/testing/samples.ts';
import { gramjsClient, mtcuteClient, startDc } from '../../support/loopback.ts';

const USER = 1000;
const OTHER = 2000;
const CHANNEL = 1_234_567_890;
const users = [
  { id: USER, phone: '+99966', firstName: 'Alice' },
  { id: OTHER, phone: '+99977', firstName: 'Bob' },
];

async function loggedIn() {
  const dc = await startDc({ users });
  dc.authKeys.add(sampleKey(1), USER);
  return dc;
}

/** What mtcute has stored of the state. */
async function stored({ storage }: Awaited<ReturnType<typeof mtcuteClient>>, channel?: number) {
  const int = async (key: string) => {
    const bytes = await storage.kv.get(key);
    return bytes === null ? null : Buffer.from(bytes).readInt32LE(0);
  };
  if (channel !== undefined) return int(`updates_channel:${channel}`);
  return { pts: await int('updates_pts'), qts: await int('updates_qts'), seq: await int('updates_seq') };
}

/** Stores a state, as if the client had been here before. */
async function store({ storage }: Awaited<ReturnType<typeof mtcuteClient>>, state: Record<string, number>) {
  for (const [key, value] of Object.entries(state)) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    await storage.kv.set(`updates_${key}`, bytes);
  }
  const self = Buffer.alloc(16);
  self.writeInt32LE(1);
  self.writeInt32LE(USER, 8);
  await storage.kv.set('current_user', self);
}

describe('mtcute', () => {
  const catchUp = { authKey: sampleKey(1), more: { updates: { catchUp: true } } };

  test('asks for the difference with the state that it had stored, and stores the new one', async () => {
    const dc = await loggedIn();
    dc.user(USER).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 3 };
    const one = dc.user(USER).pushMessage({ text: 'one', from: OTHER }, { deliver: false });
    dc.user(USER).pushMessage({ text: 'two' }, { deliver: false });

    const me = await mtcuteClient(dc, catchUp);
    await store(me, { pts: 40, qts: 2, date: 1_700_000_000, seq: 3 });
    const texts: string[] = [];
    me.client.onNewMessage.add(({ text }) => void texts.push(text));
    await me.client.connect();
    await me.client.startUpdatesLoop();
    const { request } = await dc.log.request('updates.getDifference');
    expect(request).toMatchObject({ pts: 40, qts: 2, date: 1_700_000_000 });
    await dc.log.until(() => texts.length === 2 || dc.log.requests('updates.getDifference').length > 4);
    await me.client.stopUpdatesLoop();
    await me.close();
    expect(texts).toEqual(['one', 'two']);
    expect(one).toBe(1);
    expect(await stored(me)).toEqual({ pts: 42, qts: 2, seq: 3 });
  });
});
