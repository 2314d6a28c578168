/** Many small changes, each saved: in the end the same as if the last session had been saved alone. */

import { DataCenter, type Session, UpdateState, User } from '../../session.ts';
import type { CaseOf } from '../conformance.ts';
import { sampleKey, sampleSession, seededRandom } from '../samples.ts';
import { expectSession } from '../verdict.ts';

const SEED = 20_240_229;
/** How often the walk looks at what is stored. Seldom enough for several saves to pile up. */
const LOOK_EVERY = 7;

type Chance = (below: number) => number;

/** A new pts for the state, which is made if there is none. */
function goOn(session: Session): UpdateState {
  session.state ??= new UpdateState({ pts: 0, qts: 0, date: 0, seq: 0 });
  session.state.pts += 1;
  return session.state;
}

const CHANGES: ((session: Session, chance: Chance) => void)[] = [
  (session) => {
    const state = goOn(session);
    state.date += 5;
    state.seq += 1;
  },
  (session, chance) => {
    for (const channel of goOn(session).channels) if (chance(3) === 0) channel.pts += 1 + chance(5);
  },
  (session, chance) => {
    const { channels } = goOn(session);
    const id = 1 + chance(10_000);
    if (!channels.some((channel) => channel.id === id)) {
      channels.splice(
        chance(channels.length + 1),
        0,
        ...sampleSession(id, 1).state!.channels.map((c) => c.with({ id })),
      );
    }
  },
  (session, chance) => void goOn(session).channels.splice(chance(10), chance(3)),
  (session) => void goOn(session).channels.reverse(),
  (session, chance) => {
    const id = 1 + chance(6);
    session.dcs = session.dcs.filter((dc) => dc.id !== id);
    if (chance(3) > 0) session.dcs.push(new DataCenter({ id, ipv4Addr: `10.0.0.${chance(256)}:443` }));
  },
  (session, chance) => {
    const dc = session.dcs[chance(session.dcs.length)];
    if (dc !== undefined) dc.auth = chance(4) === 0 ? null : sampleKey(chance(1_000_000));
  },
  (session, chance) => {
    const auth = session.dcs[chance(session.dcs.length)]?.auth;
    if (auth) auth[255] = auth[255]! ^ 1;
  },
  (session, chance) => {
    const username = chance(2) === 0 ? null : `user_${chance(100)}`;
    session.user = new User({ id: 1 + chance(3), dc: 1 + chance(5), bot: chance(2) === 0, username });
  },
  (session, chance) => {
    if (chance(4) > 0) return;
    session.user = null;
    session.state = null;
  },
  (session, chance) => {
    if (chance(6) > 0) return;
    Object.assign(session, sampleSession(chance(1000), chance(40)));
  },
];

export const walkCases: CaseOf[] = [
  {
    name: 'changes: a long walk of small changes, each saved, ends in the same as one full save',
    async run(trial) {
      const random = seededRandom(SEED);
      const chance: Chance = (below) => Math.floor(random() * below);
      let session = sampleSession(1, 20);
      let storage = await trial.saved(session);
      for (let step = 1; step <= trial.options.steps; step++) {
        CHANGES[chance(CHANGES.length)]!(session, chance);
        // Clients keep one object and change it, or make a new one each time: both must work.
        if (chance(5) === 0) session = session.with({});
        await storage.save(session);
        if (step % LOOK_EVERY === 0) {
          expectSession(await storage.load(), session, `What load() gives after step ${step} of the walk`);
        }
        if (step % (LOOK_EVERY * 5) === 0) {
          storage = await trial.reopen(storage);
          expectSession(
            await storage.load(),
            session,
            `What load() gives after step ${step} and opening again`,
          );
        }
      }
      await trial.expectKept(storage, session, `${trial.options.steps} steps of the walk`);
    },
  },
];
