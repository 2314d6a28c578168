/** How far GramJS has read, from what it shows its session. */

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { gramjsSession } from '../../../src/clients/gramjs.ts';
import { Session } from '../../../src/index.ts';
import { sampleKey } from '../../../src/testing/index.ts';
import { stringSessionOf } from '../../support/loopback.ts';
import { SlowStorage } from '../../support/slow-storage.ts';

const before = { pts: 100, qts: 5, date: 1000, seq: 7, channels: [{ id: 55, pts: 20 }] };

async function session(state: typeof before | null = before) {
  const storage = new SlowStorage(
    new Session({
      dcs: [{ id: 2, ipv4Addr: '127.0.0.1:1', auth: sampleKey(1) }],
      user: { id: 1, dc: 2, bot: false },
      state,
    }),
  );
  const errors: unknown[] = [];
  const made = gramjsSession(stringSessionOf('telegram'), storage, {
    onError: (error) => errors.push(error),
  });
  await made.open();
  const stateNow = () => (made.updateState === null ? null : JSON.parse(JSON.stringify(made.updateState)));
  return { made, errors, state: stateNow };
}

const message = (pts: number, ptsCount = 1) => ({ className: 'UpdateNewMessage', pts, ptsCount });
const inChannel = (channelId: number, pts: number, ptsCount = 1) => ({
  className: 'UpdateNewChannelMessage',
  pts,
  ptsCount,
  message: { className: 'Message', peerId: { className: 'PeerChannel', channelId } },
});

describe('the state of GramJS', () => {
  test('is moved by what follows it: messages, counts of what was done, secret chats, channels, containers', async () => {
    const { made, state } = await session();
    made.processEntities({ className: 'UpdateShortMessage', pts: 101, ptsCount: 1, date: 1001 });
    made.processEntities({ className: 'messages.AffectedHistory', pts: 103, ptsCount: 2, offset: 0 });
    made.processEntities({
      className: 'Updates',
      updates: [
        message(104),
        { className: 'UpdateNewEncryptedMessage', qts: 6 },
        inChannel(55, 21),
        inChannel(66, 9),
      ],
      date: 1005,
      seq: 8,
    });
    made.processEntities({ className: 'UpdateShort', update: message(105), date: 1006 });
    expect(state()).toEqual({
      pts: 105,
      qts: 6,
      date: 1006,
      seq: 8,
      channels: [
        { id: 55, pts: 21 },
        { id: 66, pts: 9 },
      ],
    });
    await made.close();
  });

  test('stays in front of a hole, in each count, and so does its date', async () => {
    const { made, state } = await session();
    made.processEntities({
      className: 'UpdatesCombined',
      updates: [message(103), { className: 'UpdateNewEncryptedMessage', qts: 9 }, inChannel(55, 30)],
      date: 2000,
      seqStart: 12,
      seq: 13,
    });
    expect(state()).toEqual(before);
    // Where the server is says no more.
    made.processEntities({ className: 'updates.State', pts: 103, qts: 9, date: 2001, seq: 13 });
    expect(state()).toEqual(before);
    await made.close();
  });

  test('is where the server is, if nothing was missed, or nothing was known', async () => {
    const { made, state } = await session();
    made.processEntities({ className: 'updates.State', pts: 100, qts: 5, date: 1100, seq: 9 });
    expect(state()).toEqual({ ...before, date: 1100, seq: 9 });
    await made.close();
    const { made: fresh, state: known } = await session(null);
    fresh.processEntities({ className: 'Updates', updates: [message(3)], date: 5, seq: 1 });
    expect(known()).toBeNull();
    fresh.processEntities({ className: 'updates.State', pts: 3, qts: 0, date: 5, seq: 1 });
    expect(known()).toEqual({ pts: 3, qts: 0, date: 5, seq: 1, channels: [] });
    await fresh.close();
  });

  test('goes over a hole with whoever asks for what was missed', async () => {
    const { made, state } = await session();
    const next = { pts: 200, qts: 6, date: 2000, seq: 20 };
    made.processEntities({ className: 'updates.DifferenceSlice', intermediateState: { ...next, pts: 150 } });
    expect(state()).toMatchObject({ pts: 150 });
    made.processEntities({ className: 'updates.Difference', state: next });
    expect(state()).toEqual({ ...before, ...next });
    await made.close();
  });

  test('is the longest run of updates from where it was, in whatever order they come', async () => {
    const steps = fc.array(fc.integer({ min: 1, max: 3 }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.infiniteStream(fc.nat()),
        fc.nat({ max: 12 }),
        async (counts, order, lost) => {
          const { made, state, errors } = await session();
          let pts = before.pts;
          const updates = counts.map((count) => {
            pts += count;
            return message(pts, count);
          });
          const missing = updates[lost];
          const shuffled = updates
            .filter((update) => update !== missing)
            .map((update) => ({ update, at: order.next().value! }))
            .sort((a, b) => a.at - b.at);
          for (const { update } of shuffled) made.processEntities({ className: 'UpdateShort', update });
          const expected = missing === undefined ? pts : missing.pts - missing.ptsCount;
          expect(state().pts).toBe(expected);
          expect(errors).toEqual([]);
          await made.close();
        },
      ),
      { numRuns: 200 },
    );
  });
});
