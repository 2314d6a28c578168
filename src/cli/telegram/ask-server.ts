/** What Telegram says of a session: alive, revoked, duplicated, or nothing. */

import { authKeyId } from '../../auth-key.ts';
import { SessionError } from '../../errors.ts';
import type { Snapshot } from '../../formats/index.ts';
import { mainDataCenter, withAddress } from '../../formats/main-dc.ts';
import { MemorySession } from '../../memory.ts';
import { type DataCenter, Session } from '../../session.ts';
import type { AuthKeyStatus } from '../../status.ts';
import { CommandError } from '../command.ts';
import { Connection } from './connection.ts';
import { apiIdFor } from './credentials.ts';
import type { Mtcute } from './mtcute.ts';
import { inWords, saidBy } from './refusals.ts';
import type { TestNetwork } from './test-dc.ts';

/** How the server is asked. */
export interface AskOptions {
  mtcute: Mtcute;
  network: TestNetwork | null;
  /** How long it may take, in milliseconds. */
  limit: number;
  signal: AbortSignal;
}

/** Who the server says it is. */
export interface ServerUser {
  id: number;
  bot: boolean;
  username: string | null;
}

/** What came of it. */
export interface Answer extends Omit<AuthKeyStatus, 'status'> {
  status: AuthKeyStatus['status'] | 'unreachable';
  user: ServerUser | null;
}

/** The login is over, or never was. */
const REVOKED = [
  'AUTH_KEY_UNREGISTERED',
  'AUTH_KEY_INVALID',
  'SESSION_REVOKED',
  'SESSION_EXPIRED',
  'SESSION_PASSWORD_NEEDED',
  'USER_DEACTIVATED',
  'USER_DEACTIVATED_BAN',
];
const DUPLICATED = 'AUTH_KEY_DUPLICATED';
/** The server does not know the key, which it says of sound ones as well now and then. */
export const UNKNOWN_KEY = '-404';

/**
 * Asks once, with the key of the data centre that the account lives on and no other. The client works on a copy, so
 * whatever it makes of the answer, the session stays as it is.
 *
 * @throws CommandError for any other answer; `NO_LOGIN` where there is no key to ask with
 */
export async function askServer(snapshot: Snapshot, options: AskOptions): Promise<Answer> {
  const { network, limit, signal, mtcute } = options;
  const testMode = snapshot.testMode === true;
  const main = withAddress(keyHolder(snapshot), testMode, []);
  const apiId = await apiIdFor(snapshot.apiId, signal);
  const about = { keyId: authKeyId(main.auth!), userId: null, dc: main.id, user: null };
  const { promise: unknown, resolve } = Promise.withResolvers<'unknown'>();
  const copy = new Session({ dcs: [main], user: snapshot.session.user });
  const connection = new Connection(new MemorySession(copy), {
    mtcute,
    network,
    testMode,
    signal,
    apiId,
    apiHash: '',
    once: true,
    onAside: (reason) => reason === 'erased' && resolve('unknown'),
  });
  const { client } = connection;
  const at = () => new Date();
  try {
    const ask = () => client.call({ _: 'users.getUsers', id: [{ _: 'inputUserSelf' }] });
    const answer = await connection.call(() => Promise.race([ask(), unknown]), limit);
    if (answer === 'unknown') return { ...about, status: 'revoked', reason: UNKNOWN_KEY, at: at() };
    const [raw] = answer;
    if (raw?._ !== 'user') throw new CommandError('REFUSED', 'Telegram did not say who is logged in.');
    const { id, isBot: bot, username } = new mtcute.node.User(raw);
    const user = { id, bot, username };
    return { ...about, status: 'alive', reason: null, userId: id, user, at: at() };
  } catch (error) {
    const said = saidBy(error);
    if (said !== null && REVOKED.includes(said))
      return { ...about, status: 'revoked', reason: said, at: at() };
    if (said === DUPLICATED) return { ...about, status: 'duplicated', reason: said, at: at() };
    if (error instanceof CommandError && error.code === 'UNREACHABLE') {
      return { ...about, status: 'unreachable', reason: error.message, at: at() };
    }
    throw inWords(error);
  } finally {
    await connection.close().catch(() => {});
  }
}

/** The data centre to ask. @throws CommandError `NO_LOGIN` */
function keyHolder(snapshot: Snapshot): DataCenter {
  if (!snapshot.session.dcs.some(({ auth }) => auth !== null)) {
    throw new CommandError('NO_LOGIN', 'There is no key in it: nobody is logged in.');
  }
  let main: DataCenter;
  try {
    main = mainDataCenter(snapshot);
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    throw new CommandError('NO_LOGIN', 'It does not say on which data centre the account lives.');
  }
  if (main.auth !== null) return main;
  throw new CommandError(
    'NO_LOGIN',
    `The account lives on data centre ${main.id}, but there is no key for that one.`,
  );
}
