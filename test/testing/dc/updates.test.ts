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

/** Starts the updates of a client, and resolves when it has caught up. */
async function listen({ client }: Awaited<ReturnType<typeof mtcuteClient>>): Promise<void> {
  // Not connected first, mtcute asks for the state and not for the difference.
  await client.connect();
  await client.getMe();
  const caughtUp = new Promise<void>((resolve) => {
    client.onConnectionState.add((state) => {
      if (state === 'connected') resolve();
    });
  });
  await client.startUpdatesLoop();
  await caughtUp;
}

/** Resolves to the texts of the first messages that a client hears of. */
function heard({ client }: Awaited<ReturnType<typeof mtcuteClient>>, count: number): Promise<string[]> {
  const texts: string[] = [];
  return new Promise((resolve) => {
    client.onNewMessage.add(({ text }) => {
      if (texts.push(text) === count) resolve(texts);
    });
  });
}

describe('mtcute', () => {
  const options = { authKey: sampleKey(1), more: { updates: { catchUp: true } } };

  test('asks for the difference with the state that it had stored, and stores the new one', async () => {
    const dc = await loggedIn();
    dc.user(USER).state = { pts: 40, qts: 2, date: 1_700_000_000, seq: 3 };
    dc.user(USER).pushMessage({ text: 'one', from: OTHER }, { deliver: false });
    dc.user(USER).pushMessage({ text: 'two' }, { deliver: false });

    const me = await mtcuteClient(dc, options);
    await store(me, { pts: 40, qts: 2, date: 1_700_000_000, seq: 3 });
    const texts = heard(me, 2);
    await listen(me);
    expect(await texts).toEqual(['one', 'two']);
    const { request } = await dc.log.request('updates.getDifference');
    expect(request).toMatchObject({ pts: 40, qts: 2, date: 1_700_000_000 });
    await me.close();
    expect(await stored(me)).toEqual({ pts: 42, qts: 2, seq: 3 });
  });

  test('gets a long difference in slices', async () => {
    const dc = await loggedIn();
    dc.user(USER).state = { pts: 40, qts: 0, date: 1_700_000_000, seq: 1 };
    dc.user(USER).sliceSize = 2;
    const sent = ['1', '2', '3', '4', '5'];
    for (const text of sent) dc.user(USER).pushMessage({ text }, { deliver: false });
    const me = await mtcuteClient(dc, options);
    await store(me, { pts: 40, qts: 0, date: 1_700_000_000, seq: 1 });
    const texts = heard(me, 5);
    await listen(me);
    expect(await texts).toEqual(sent);
    const asked = dc.log.requests('updates.getDifference').map(({ request }) => request.pts);
    expect(asked.slice(0, 3)).toEqual([40, 42, 44]);
  });

  test('is told that it missed too much, and goes on from where the server stands', async () => {
    const dc = await loggedIn();
    dc.user(USER).state = { pts: 900, qts: 0, date: 1_700_000_000, seq: 1 };
    const me = await mtcuteClient(dc, options);
    await store(me, { pts: 40, qts: 0, date: 1_700_000_000, seq: 1 });
    const texts = heard(me, 1);
    await listen(me);
    dc.user(USER).pushMessage({ text: 'after' });
    expect(await texts).toEqual(['after']);
    expect(dc.log.requests('updates.getDifference')[0]!.request.pts).toBe(40);
    await me.close();
    expect(await stored(me)).toMatchObject({ pts: 901 });
  });

  test('hears of what happens while it is connected, and closes a gap', async () => {
    const dc = await loggedIn();
    const me = await mtcuteClient(dc, options);
    const texts = heard(me, 5);
    await listen(me);
    const user = dc.user(USER);
    user.pushMessage({ text: 'heard', from: OTHER });
    // Three: for a smaller gap mtcute waits, with a timer that may ring too early and is then not set again.
    for (const text of ['lost', 'on', 'the way']) user.pushMessage({ text, from: OTHER }, { deliver: false });
    user.pushMessage({ text: 'after the gap', from: OTHER });
    expect(await texts).toEqual(['heard', 'lost', 'on', 'the way', 'after the gap']);
    await me.close();
    expect(await stored(me)).toMatchObject({ pts: user.state.pts });
  });

  test('asks for the difference of a channel with the pts that it had stored, and stores the new one', async () => {
    const dc = await loggedIn();
    const channel = dc.addChannel({ id: CHANNEL, members: [USER], pts: 500, title: 'News' });
    const me = await mtcuteClient(dc, options);
    await store(me, { ...dc.user(USER).state, [`channel:${CHANNEL}`]: 500 });
    const { accessHash } = channel.object() as unknown as { accessHash: bigint };
    const hash = `${Number(BigInt.asIntN(32, accessHash))}|${Number(accessHash >> 32n)}`;
    const peer = {
      id: -1_000_000_000_000 - CHANNEL,
      accessHash: hash,
      usernames: [],
      updated: 1,
      isMin: false,
    };
    await me.storage.peers.store({ ...peer, complete: new Uint8Array() } as never);
    for (const text of ['a', 'b']) channel.pushMessage({ text }, { deliver: false });
    const texts = heard(me, 3);
    await listen(me);
    channel.pushMessage({ text: 'c' });
    expect(await texts).toEqual(['a', 'b', 'c']);
    expect(dc.log.requests('updates.getChannelDifference')[0]!.request).toMatchObject({ pts: 500 });
    await me.close();
    expect(await stored(me, CHANNEL)).toBe(503);
  });

  test('a bot answers, and the one it answers to gets it', async () => {
    const dc = await loggedIn();
    dc.addUser({ id: 3000, token: '3000:token', username: 'the_bot' });
    dc.authKeys.add(sampleKey(2), 3000);
    const me = await mtcuteClient(dc, options);
    const bot = await mtcuteClient(dc, { ...options, authKey: sampleKey(2) });
    const answered = new Promise((resolve) => {
      bot.client.onNewMessage.add(async (message) => {
        resolve(await bot.client.sendText(message.sender, `you said ${message.text}`));
      });
    });
    await Promise.all([listen(me), listen(bot)]);
    const texts = heard(me, 1);
    const { text } = await me.client.sendText('the_bot', 'hello');
    expect(text).toBe('hello');
    expect(await texts).toEqual(['you said hello']);
    await answered;
    expect(
      dc.log.requests('messages.sendMessage').map(({ user, request }) => [user, request.message]),
    ).toEqual([
      [USER, 'hello'],
      [3000, 'you said hello'],
    ]);
  });
});

test('what a member writes in a group reaches the others, and not itself again', async () => {
  const dc = await loggedIn();
  dc.authKeys.add(sampleKey(2), OTHER);
  const group = dc.addChannel({ id: CHANNEL, members: [USER, OTHER], megagroup: true });
  const options = { more: { updates: { catchUp: true } } };
  const me = await mtcuteClient(dc, { ...options, authKey: sampleKey(1) });
  const other = await mtcuteClient(dc, { ...options, authKey: sampleKey(2) });
  const answered = new Promise((resolve) => {
    me.client.onNewMessage.add(async ({ chat, isOutgoing }) => {
      if (!isOutgoing) resolve(await me.client.sendText(chat, 'an answer'));
    });
  });
  const texts = heard(other, 2);
  await Promise.all([listen(me), listen(other)]);
  group.pushMessage({ text: 'a question' });
  expect(await texts).toEqual(['a question', 'an answer']);
  expect(await answered).toMatchObject({ text: 'an answer' });
  expect(group.pts).toBe(3);
});

describe('teleproto', () => {
  /** Resolves to the texts of the first messages that the client hears of. */
  async function messages(client: object, count: number): Promise<Promise<string[]>> {
    const { NewMessage } = await import('teleproto/events/index.js');
    const texts: string[] = [];
    return new Promise((resolve) => {
      const hear = ({ message }: { message: { message: string } }) => {
        if (texts.push(message.message) === count) resolve(texts);
      };
      (client as { addEventHandler(...of: unknown[]): void }).addEventHandler(hear, new NewMessage({}));
    });
  }

  test('hears of what happens while it is connected', async () => {
    const dc = await loggedIn();
    const { client, connect } = await gramjsClient('teleproto', dc, { authKey: sampleKey(1) });
    const texts = messages(client, 1);
    await connect();
    await client.getMe();
    dc.user(USER).pushMessage({ text: 'heard', from: OTHER });
    expect(await texts).toEqual(['heard']);
  });

  test('asks for the difference from the state that it is given', async () => {
    const dc = await loggedIn();
    dc.user(USER).state = { pts: 40, qts: 0, date: 1_700_000_000, seq: 1 };
    const { client, connect } = await gramjsClient('teleproto', dc, { authKey: sampleKey(1) });
    const manager = (client as unknown as { updateManager: { refreshFromState(state: object): void } })
      .updateManager;
    const texts = messages(client, 1);
    await connect();
    await client.getMe();
    dc.user(USER).pushMessage({ text: 'missed', from: OTHER }, { deliver: false });
    manager.refreshFromState({ pts: 40, qts: 0, date: 1_700_000_000, seq: 1, unreadCount: 0 });
    await (client as unknown as { catchUp(): Promise<void> }).catchUp();
    expect(dc.log.requests('updates.getDifference')[0]!.request).toMatchObject({ pts: 40, qts: 0 });
    expect(await texts).toEqual(['missed']);
  });
});

test('telegram hears of what happens while it is connected', async () => {
  const dc = await loggedIn();
  const { client, connect } = await gramjsClient('telegram', dc, { authKey: sampleKey(1) });
  const { Raw } = await import('telegram/events/index.js');
  const updates = new Promise<{ className: string }>((resolve) => {
    client.addEventHandler((update) => {
      if (update.className === 'UpdateNewMessage') resolve(update);
    }, new Raw({}));
  });
  await connect();
  await client.getMe();
  dc.user(USER).pushMessage({ text: 'heard', from: OTHER });
  expect(await updates).toMatchObject({ message: { message: 'heard' } });
});
