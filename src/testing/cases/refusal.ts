/** What a session cannot hold is refused when it is saved, however it got in, and the old session stays. */

import type { Session } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleKey, sampleSession } from '../samples.ts';
import { expectCode, expectRejection, expectSession } from '../verdict.ts';

/** Sessions can be changed to anything; in JavaScript even to values that the types forbid. */
const SPOIL: Record<string, (session: Session) => void> = {
  'a pts that is NaN': (session) => {
    session.state!.pts = Number.NaN;
  },
  'a pts below zero': (session) => {
    session.state!.pts = -1;
  },
  'a seq that is no integer': (session) => {
    session.state!.seq = 1.5;
  },
  'a date beyond 2^53': (session) => {
    session.state!.date = 2 ** 53;
  },
  'a qts that is text': (session) => {
    (session.state as { qts: unknown }).qts = '5';
  },
  'a key of 255 bytes': (session) => {
    session.dcs[0]!.auth = sampleKey().subarray(1);
  },
  'a key that is text': (session) => {
    (session.dcs[0] as { auth: unknown }).auth = 'x'.repeat(256);
  },
  'a data centre twice': (session) => {
    session.dcs.push(session.dcs[0]!.with({ ipv4Addr: null }));
  },
  'a data centre of number 0': (session) => {
    session.dcs[1]!.id = 0;
  },
  'a port of 0': (session) => {
    session.dcs[1]!.ipv4Addr = '149.154.167.51:0';
  },
  'an IPv4 address in the place of IPv6': (session) => {
    session.dcs[1]!.ipv6Addr = '149.154.167.51:443';
  },
  'a user of id 2^53': (session) => {
    session.user!.id = 2 ** 53;
  },
  'a username with half a character': (session) => {
    session.user!.username = 'x\ud800';
  },
  'a channel twice': (session) => {
    session.state!.channels.push(session.state!.channels[0]!.with({ pts: 77 }));
  },
  'a channel with a marked id': (session) => {
    session.state!.channels[1]!.id = -1_000_000_000_001;
  },
  'a channel with a pts that is NaN': (session) => {
    session.state!.channels[2]!.pts = Number.NaN;
  },
  'null in the list of channels': (session) => {
    (session.state!.channels as unknown[])[1] = null;
  },
  'null in the list of data centres': (session) => {
    (session.dcs as unknown[]).push(null);
  },
};

export const refusalCases: CaseOf[] = [
  ...(Object.entries(SPOIL).map(([what, spoil]) => ({
    name: `refusal: ${what} is refused with INVALID_VALUE, and the old session stays`,
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      // Everything before the fault differs too, so that half a save would show.
      const bad = sampleSession(2);
      spoil(bad);
      await expectCode(storage.save(bad), 'INVALID_VALUE', `save() of a session with ${what}`);
      expectSession(await storage.load(), sampleSession(1), `What load() gives after ${what} was refused`);
      await storage.save(sampleSession(2));
      await trial.expectKept(storage, sampleSession(2), `a good save() that followed the refusal of ${what}`);
    },
  })) satisfies CaseOf[]),
  {
    name: 'refusal: null or undefined in place of a session is refused, and the old session stays',
    async run(trial) {
      const storage = await trial.saved(sampleSession(1));
      // `new Session(undefined)` is an empty session: who copies like that erases the stored one.
      for (const nothing of [null, undefined]) {
        await expectRejection(storage.save(nothing as unknown as Session), `save(${nothing})`);
      }
      await trial.expectKept(storage, sampleSession(1), 'save(null) and save(undefined)');
    },
  },
];
