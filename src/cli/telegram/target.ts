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
import { DataCenter, Session, User } from '../../session.ts';
import { SqliteSession } from '../../sqlite/index.ts';
import { CommandError, UsageError } from '../command.ts';
import { namedAfter, put, writeThere } from '../output.ts';
import { exists } from '../output-file.ts';

/** The format of a `SqliteSession`. */
export const OWN_FORMAT = 'telethon-v2-sqlite';

/** What is added to the name of a target for the session file in which its login is made. */
const BESIDE = '.login.session';

/** What the person wants. */
export interface TargetOptions {
  /** The path as it was given. */
  to: string;
  /** Name of the format; undefined for a session file of ours. */
  format: string | undefined;
  write: WriteOptions;
  /** Whether what is there may be replaced. */
  force: boolean;
}

/** A place for a login, which is ours until it is closed. */
export interface LoginTarget {
  /** Where the login comes to be in the end. */
  readonly output: string;
  /** Its format. */
  readonly format: string;
  /** Where the client logs in: held, and loaded. Every key is durable there before it is used. */
  readonly storage: SqliteSession;
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
  const { to, format = OWN_FORMAT } = options;
  if (to === '-' || /^\w+:\/\//.test(to)) throw new UsageError('--to takes the path of a file.');
  const target = codec(format);
  if (target.writes.length === 0) throw new SessionError('UNSUPPORTED', `${format} is not written.`);
  return format === OWN_FORMAT ? intoSession(options) : intoFormat(options, target);
}

async function intoSession({ to, force }: TargetOptions): Promise<LoginTarget> {
  const storage = new SqliteSession(to, { label: LABEL });
  const output = storage.path;
  return taking(storage, async (before) => {
    const login = before === null || before.user === null ? null : loginOf(before);
    if (login === null) {
      return {
        output,
        format: OWN_FORMAT,
        storage,
        before,
        finish: async () => ({ losses: [], notes: [] }),
        undo: () => (before === null ? storage.delete() : storage.save(before)),
        close: () => storage.close(),
      };
    }
    const isOver = await isKnownToBeOver(storage, login.keyId);
    if (!force && !isOver) throw loggedIn(output, before!);
    const beside = await takeBeside(output, login.keyId);
    return {
      ...beside,
      output,
      format: OWN_FORMAT,
      async finish({ session }) {
        const aside = await storage.aside.list();
        if (!aside.some(({ keyId }) => keyId === login.keyId)) await storage.aside.put(before!, 'replaced');
        await storage.save(session);
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
    output,
    format: target.name,
    async finish(snapshot) {
      const settings = { write: options, dryRun: false };
      const place = (one: Awaited<ReturnType<typeof write>>) => put(one, output, target, force);
      const { losses, notes } = await writeThere([snapshot], target, output, settings, place);
      await beside.storage.delete();
      return { losses, notes };
    },
  };
}

type Beside = Pick<LoginTarget, 'storage' | 'before' | 'undo' | 'close'>;

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
    return { storage, before, undo: () => storage.delete(), close: () => storage.close() };
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

/** Whether the server is known to have given the key up. */
async function isKnownToBeOver(storage: SqliteSession, keyId: string): Promise<boolean> {
  const status = await storage.status.get();
  if (status?.keyId === keyId) return status.status !== 'alive';
  const aside = await storage.aside.list();
  // A client kept a copy aside with what the server said, in its capitals.
  return aside.some((entry) => entry.keyId === keyId && /^[A-Z_]+$/.test(entry.reason));
}

function loggedIn(output: string, { user }: Session): CommandError {
  const name = user!.username === null ? '' : ` @${user!.username}`;
  return new CommandError(
    'LOGGED_IN',
    `${basename(output)} is logged in already: user ${user!.id}${name}, data centre ${user!.dc}. Is it still good? "tgsession check" asks. Choose another name, or replace it with --force: the old session is then kept aside in the file.`,
  );
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
