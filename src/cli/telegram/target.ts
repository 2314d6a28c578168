/** Where a login goes, and what is left of it if it does not come about. */

import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { SessionError } from '../../errors.ts';
import {
  type Codec,
  codec,
  type Loss,
  type Snapshot,
  snapshotOf,
  type WriteOptions,
  write,
} from '../../formats/index.ts';
import { loginOf } from '../../login.ts';
import type { Peer } from '../../peers.ts';
import { DataCenter, Session, User } from '../../session.ts';
import { SqliteSession } from '../../sqlite/index.ts';
import type { Storage } from '../../storage.ts';
import { UsageError } from '../command.ts';
import { namedAfter, put, writeThere } from '../output.ts';
import { exists } from '../output-file.ts';
import { peerPages } from '../peer-pages.ts';
import { refuseStoreWithoutName } from '../store/place.ts';
import { isKnownToBeOver, loggedIn, standingLogin } from './standing-login.ts';
import { takeInStore } from './store-target.ts';

/** The format of a `SqliteSession`. */
export const OWN_FORMAT = 'telethon-v2-sqlite';

/** What is added to the name of a target for the session file in which its login is made. */
const BESIDE = '.login.session';

/** What the person wants. */
export interface TargetOptions {
  /** The path as it was given, or the store. */
  to: string;
  /** The session in the store; undefined for a path. */
  name: string | undefined;
  /** Name of the format; undefined for a session file of ours. */
  format: string | undefined;
  write: WriteOptions;
  /** Whether what is there may be replaced. */
  force: boolean;
}

/** Where a login comes to be in the end, for programs: a path and its format, or a store and a name. */
export type LoginPlace =
  | { output: string; format: string; store: null; name: null }
  | { output: null; format: null; store: string; name: string };

/** A place for a login, which is ours until it is closed. */
export interface LoginTarget {
  readonly place: LoginPlace;
  /** Where the client logs in, in words. */
  readonly where: string;
  /** The same: held, and loaded. Every key is durable there before it is used. */
  readonly storage: Storage;
  /** What was there before. */
  readonly before: Session | null;
  /** Puts the login where it is to be. @returns what found no place there */
  finish(snapshot: Snapshot): Promise<{ losses: Loss[]; notes: string[] }>;
  /** Makes everything as it was, as no login came about. */
  undo(): Promise<void>;
  /** Gives everything back. */
  close(): Promise<void>;
}

/**
 * Takes the place. A session file of ours in which nobody is logged in is the place itself. Otherwise the login is made in
 * a session file beside the target (`.login.session`), and goes into the target when it is whole: so a kill at any moment
 * leaves either that file, from which the same command goes on, or the target.
 *
 * @throws CommandError `LOGGED_IN`; SessionError `EXISTS`, `HELD`, `UNSUPPORTED`, and what `load()` throws
 */
export async function takeTarget(options: TargetOptions): Promise<LoginTarget> {
  const { to, name, format = OWN_FORMAT, force } = options;
  if (name !== undefined) return takeInStore({ to, name, force, label: LABEL });
  refuseStoreWithoutName(to, 'tgsession login --to <store> <name>');
  if (to === '-') throw new UsageError('--to takes the path of a file.');
  const target = codec(format);
  if (target.writes.length === 0) throw new SessionError('UNSUPPORTED', `${format} is not written.`);
  return format === OWN_FORMAT ? intoSession(options) : intoFormat(options, target);
}

async function intoSession({ to, force }: TargetOptions): Promise<LoginTarget> {
  const storage = new SqliteSession(to, { label: LABEL });
  const output = storage.path;
  return taking(storage, async (before) => {
    const login = standingLogin(before);
    const place = placeAt(output, OWN_FORMAT);
    if (login === null) {
      return {
        place,
        where: output,
        storage,
        before,
        finish: async () => ({ losses: [], notes: [] }),
        undo: () => (before === null ? storage.delete() : storage.save(before)),
        close: () => storage.close(),
      };
    }
    const isOver = await isKnownToBeOver(storage, login.keyId);
    if (!force && !isOver) throw loggedIn(basename(output), before!, 'tgsession check');
    const beside = await takeBeside(output, login.keyId);
    return {
      ...beside,
      place,
      async finish({ session }) {
        const aside = await storage.aside.list();
        if (!aside.some(({ keyId }) => keyId === login.keyId)) await storage.aside.put(before!, 'replaced');
        await storage.save(session);
        for await (const page of peerPages(beside.storage.peers)) await storage.peers.put(page);
        await beside.storage.delete();
        return { losses: [], notes: [`The session that was there before is kept aside in ${output}.`] };
      },
      async close() {
        await beside.storage.close();
        await storage.close();
      },
    };
  });
}

async function intoFormat({ to, force, write: options }: TargetOptions, target: Codec): Promise<LoginTarget> {
  const output = resolve(to);
  if (existsSync(output) && !force) throw exists(to);
  // What the format cannot do is found out before somebody types a code.
  await write([rehearsal()], target.name, namedAfter(output, target, options));
  const beside = await takeBeside(output, null);
  return {
    ...beside,
    place: placeAt(output, target.name),
    async finish(snapshot) {
      const settings = { write: options, dryRun: false };
      const place = (one: Awaited<ReturnType<typeof write>>) => put(one, output, target, force);
      const peers: Peer[] = [];
      for await (const page of peerPages(beside.storage.peers)) peers.push(...page);
      const whole = { ...snapshot, peers };
      const { losses, notes } = await writeThere([whole], target, output, settings, place);
      await beside.storage.delete();
      return { losses, notes };
    },
  };
}

function placeAt(output: string, format: string): LoginPlace {
  return { output, format, store: null, name: null };
}

type Beside = Omit<LoginTarget, 'place' | 'storage' | 'finish'> & { storage: SqliteSession };

/** The session file beside a target, in which the login is made. One that a killed run left is gone on with. */
async function takeBeside(output: string, goneKey: string | null): Promise<Beside> {
  const storage = new SqliteSession(output + BESIDE, { label: LABEL });
  return taking(storage, async (left) => {
    let before = left;
    if (left !== null && goneKey !== null && loginOf(left)?.keyId === goneKey) {
      // The run that was killed had put it in its place already.
      await storage.delete();
      await storage.load();
      before = null;
    }
    const undo = () => storage.delete();
    return { where: storage.path, storage, before, undo, close: () => storage.close() };
  });
}

const LABEL = 'tgsession login';

async function taking<T>(storage: SqliteSession, use: (before: Session | null) => Promise<T>): Promise<T> {
  try {
    return await use(await storage.load());
  } catch (error) {
    await storage.close();
    throw error;
  }
}

/** A login as it may come to be, with a key of no use. */
function rehearsal(): Snapshot {
  const dc = new DataCenter({
    id: 2,
    ipv4Addr: '149.154.167.51:443',
    auth: new Uint8Array(randomBytes(256)),
  });
  const user = new User({ id: 1, dc: 2, bot: false, username: null });
  return snapshotOf(new Session({ dcs: [dc], user }), {
    loggedIn: true,
    apiId: 1,
    phone: '1',
    testMode: false,
  });
}
