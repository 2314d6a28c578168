import { expect, test } from 'vitest';
import type { SessionError } from '../../src/errors.ts';
import { Session } from '../../src/index.ts';
import { LeasedSessions } from '../../src/stores/leased-sessions.ts';
import type { StoredSession } from '../../src/stores/store.ts';
import { Process, randomOf, World } from '../support/lease-world.ts';

/** CI runs 100,000. */
const SCHEDULES = Number(process.env.LEASE_SCHEDULES ?? 2000);
/** How long each of them is, in milliseconds of its own time. */
const LENGTH = 4000;
const TTL = 1000;
const PROCESSES = 3;

/** A session that differs from the one before in more than a number: a mixture of two is seen. */
const sessionOf = (pts: number) =>
  new Session({ state: { pts, qts: 0, date: 0, seq: 0, channels: [{ id: (pts % 5) + 1, pts }] } });

function expectWhole(session: Session | null): void {
  const pts = session?.state?.pts;
  if (pts !== undefined && !session!.equals(sessionOf(pts)))
    throw new Error(`the session ${pts} is mixed: ${session}`);
}

/** Who sees what is promised, and what is written. */
class Witness {
  saves = 0;
  acknowledged = 0;
  failure: unknown = null;

  constructor({ database }: World) {
    const save = database.save.bind(database);
    database.save = async (lease, changes, options) => {
      const isWritten = await save(lease, changes, options);
      const pts = changes.state?.pts ?? Number.POSITIVE_INFINITY;
      if (isWritten && pts < this.acknowledged) {
        this.failure ??= new Error(`${pts} was written over ${this.acknowledged}, which was acknowledged`);
      }
      return isWritten;
    };
  }

  acknowledge(pts: number): void {
    this.saves++;
    this.acknowledged = Math.max(this.acknowledged, pts);
  }

  look(check: () => void): void {
    try {
      check();
    } catch (error) {
      this.failure ??= error;
    }
  }
}

/** A client that runs in a process: it takes the session, saves for a while, gives it back, and so on. */
class Client {
  readonly process: Process;
  /** The session while it is in use. */
  inUse: StoredSession | null = null;
  readonly #world: World;
  readonly #witness: Witness;

  constructor(world: World, witness: Witness) {
    this.#world = world;
    this.#witness = witness;
    this.process = new Process(world);
    void this.#run();
  }

  /** Whether it may use the network of Telegram now. */
  get isHolder(): boolean {
    const { isDead, isStopped } = this.process;
    return this.inUse !== null && !this.inUse.held!.aborted && !isDead && !isStopped;
  }

  async #run(): Promise<void> {
    const { random } = this.#world;
    const store = new LeasedSessions(
      this.process.backend,
      { lease: { ttl: TTL, margin: 160 } },
      this.process,
    );
    for (;;) {
      await this.process.sleep(random() * 150);
      const session = store.session('a', { wait: random() < 0.5 ? 0 : 2000 });
      try {
        const loaded = await session.load();
        this.#witness.look(() => expectWhole(loaded));
        this.inUse = session;
        await this.#save(session, loaded?.state?.pts ?? 0);
      } catch {
        // Held, cut off, lost: it tries again.
      }
      this.inUse = null;
      await session.close().catch(() => {});
    }
  }

  async #save(session: StoredSession, loaded: number): Promise<void> {
    const { random } = this.#world;
    let pts = loaded;
    for (let left = Math.floor(random() * 25); left > 0 && !session.held!.aborted; left--) {
      // Often one is made while others are under way, and waits behind them.
      const savings = Array.from({ length: random() < 0.7 ? 1 : 3 }, () => this.#saveOne(session, ++pts));
      for (const outcome of await Promise.allSettled(savings)) {
        if (outcome.status === 'rejected') throw outcome.reason;
      }
      await this.process.sleep(random() * 100);
    }
  }

  async #saveOne(session: StoredSession, pts: number): Promise<void> {
    try {
      await session.save(sessionOf(pts));
      this.#witness.acknowledge(pts);
    } catch (error) {
      // A save whose end is not known is made up for by the next one.
      if ((error as SessionError).code !== 'IO') throw error;
    }
  }
}

/** What befalls a process. */
function mischief(world: World, clients: Client[], restart: (client: Client) => void): void {
  const { random } = world;
  const client = clients[Math.floor(random() * clients.length)]!;
  const { process } = client;
  const what = random();
  if (what < 0.25) {
    process.stop();
    world.at(random() * 2500, () => process.resume());
  } else if (what < 0.5) {
    process.network = random() < 0.5 ? 'slow' : 'cut';
    world.at(random() * 2500, () => {
      process.network = 'good';
    });
  } else if (what < 0.65) {
    process.crash();
    restart(client);
  } else if (what < 0.7) {
    world.setDatabaseClock(random() < 0.5 ? -random() * 5000 : random() * 100);
  }
  world.at(random() * 600, () => mischief(world, clients, restart));
}

async function schedule(seed: number): Promise<{ saves: number; holders: number; lost: number }> {
  const world = new World(randomOf(seed));
  const witness = new Witness(world);
  const clients = Array.from({ length: PROCESSES }, () => new Client(world, witness));
  let [before, holders, lost]: [Client | null, number, number] = [null, 0, 0];
  const restart = (client: Client) => {
    clients[clients.indexOf(client)] = new Client(world, witness);
  };
  world.at(100, () => mischief(world, clients, restart));
  await world.pass(LENGTH, () => {
    const [holder = null, ...others] = clients.filter((client) => client.isHolder);
    witness.look(() => expect(others, `holders beside the first at ${world.now} ms`).toEqual([]));
    if (holder !== null && holder !== before) holders++;
    before = holder ?? before;
    lost += clients.filter(({ inUse }) => inUse?.held?.aborted).length;
  });
  const kept = await world.database.read('a');
  witness.look(() => expectWhole(kept));
  witness.look(() => expect(kept?.state?.pts ?? 0).toBeGreaterThanOrEqual(witness.acknowledged));
  if (witness.failure !== null) throw new Error(`seed ${seed}`, { cause: witness.failure });
  return { saves: witness.saves, holders, lost };
}

test(`in ${SCHEDULES} random schedules there are never two holders whose signal has not aborted, and no acknowledged save is lost`, async () => {
  const all = { saves: 0, holders: 0, lost: 0 };
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    const told = await schedule(seed);
    for (const key of Object.keys(all) as (keyof typeof all)[]) all[key] += told[key];
  }
  console.log(
    `${SCHEDULES} schedules: ${all.saves} saves acknowledged, ${all.holders} turns, ${all.lost} sights of a lost lease`,
  );
  // The world was busy: without that the test would say nothing.
  expect(all.saves).toBeGreaterThan(SCHEDULES * 5);
  expect(all.holders).toBeGreaterThan(SCHEDULES * 2);
  expect(all.lost).toBeGreaterThan(SCHEDULES / 100);
}, 3_600_000);
