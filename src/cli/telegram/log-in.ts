/** The login itself: from the first connection until it is durable in its target. */

import { SessionError } from '../../errors.ts';
import { type Loss, type Snapshot, snapshotOf } from '../../formats/index.ts';
import type { Session } from '../../session.ts';
import type { Storage } from '../../storage.ts';
import { CommandError } from '../command.ts';
import { Connection } from './connection.ts';
import { credentials } from './credentials.ts';
import type { Mtcute } from './mtcute.ts';
import { byPassword } from './password.ts';
import { inWords, saidBy } from './refusals.ts';
import type { LoginTarget } from './target.ts';
import type { TestNetwork } from './test-dc.ts';
import { LoginWatch } from './watch.ts';
import type { Way } from './way.ts';
import { logIn } from './ways.ts';

type User = import('@mtcute/node').User;

/** What a login takes. */
export interface LoginOptions {
  mtcute: Mtcute;
  network: TestNetwork | null;
  testMode: boolean;
  way: Way;
  signal: AbortSignal;
}

/** A login that came about, and is durable. */
export interface LoginResult {
  snapshot: Snapshot;
  /** Whether a login was there already, which an earlier run did not bring to its end. */
  wasThere: boolean;
  losses: Loss[];
  notes: string[];
}

/** What the server says to who is not logged in with a key. */
const NOT_LOGGED_IN = ['AUTH_KEY_UNREGISTERED', 'SESSION_REVOKED', 'SESSION_EXPIRED'];
/** How long the first answer may take, with the making of a key, in milliseconds. */
const FIRST_LIMIT = 30_000;

/**
 * Logs in, in the place of the target. When it resolves, the login is on the disk, and nobody is connected with it any
 * more. When it rejects, the target is as it was, unless somebody may be logged in with its key.
 *
 * @throws CommandError, UsageError, SessionError
 */
export async function logInto(target: LoginTarget, options: LoginOptions): Promise<LoginResult> {
  const hadKey = target.before?.dcs.some(({ auth }) => auth !== null) ?? false;
  const { held } = target.storage;
  // Who does not have the session any more must not use its key.
  const signal = held === undefined ? options.signal : AbortSignal.any([options.signal, held]);
  let connection: Connection | undefined;
  const watch = new LoginWatch(hadKey, async () => connection?.storage.flush());
  try {
    const api = await credentials(signal);
    const { mtcute, network, testMode } = options;
    const storage = keptOpen(target.storage);
    connection = new Connection(storage, { mtcute, network, testMode, signal, ...api, once: false, watch });
    await connection.storage.open();
    const { user, wasThere } = await userOf({ ...options, signal, connection });
    await connection.storage.flush();
    await connection.close();
    const session = (await target.storage.load())!;
    const snapshot = snapshotAfter(session, user, api.apiId, testMode);
    return { snapshot, wasThere, ...(await target.finish(snapshot)) };
  } catch (error) {
    await connection?.close().catch(() => {});
    if (watch.mayBeLoggedIn) throw withPlace(inWords(error), target.where);
    await target.undo();
    throw inWords(error);
  }
}

/** Who is logged in: already, or after a login. */
async function userOf(context: LoginOptions & { connection: Connection }) {
  const { connection, mtcute, signal } = context;
  const { client } = connection;
  try {
    const [raw] = await connection.call(
      () => client.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] }, { abortSignal: signal }),
      FIRST_LIMIT,
    );
    if (raw?._ !== 'user') throw new CommandError('REFUSED', 'Telegram did not say who is logged in.');
    await client.notifyLoggedIn(raw);
    return { user: new mtcute.node.User(raw), wasThere: true };
  } catch (error) {
    const said = saidBy(error);
    if (said === 'SESSION_PASSWORD_NEEDED') return { user: await byPassword(context), wasThere: false };
    if (said === null || !NOT_LOGGED_IN.includes(said)) throw inWords(error);
  }
  return { user: await logIn(context), wasThere: false };
}

/** The hold outlives the client: until the login is in its place, nobody else may have it. */
function keptOpen(storage: Storage): Storage {
  return {
    load: () => storage.load(),
    save: (session) => storage.save(session),
    close: async () => {},
    ...(storage.aside !== undefined && { aside: storage.aside }),
    ...(storage.peers !== undefined && { peers: storage.peers }),
    ...(storage.held !== undefined && { held: storage.held }),
  };
}

function snapshotAfter(session: Session, user: User, apiId: number, testMode: boolean): Snapshot {
  const { phoneNumber, usernames } = user;
  return snapshotOf(session, {
    loggedIn: true,
    testMode,
    apiId,
    phone: phoneNumber === null || phoneNumber === '' ? null : phoneNumber.replace(/\D/g, ''),
    usernames: (usernames ?? []).map(({ username }) => username),
  });
}

/** Says where the key is: the server may have let it in, though its answer did not arrive. */
function withPlace(error: unknown, path: string): unknown {
  const more = `The key is kept in ${path}: run the same command again to go on.`;
  if (error instanceof CommandError) return new CommandError(error.code, `${error.message} ${more}`);
  if (!(error instanceof SessionError)) return error;
  return new SessionError(error.code, `${error.message} ${more}`);
}
