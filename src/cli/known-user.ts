/** Who is logged in, where the source does not say it and the target must know: the person says it. */

import { SessionError } from '../errors.ts';
import type { ReadResult, Snapshot } from '../formats/index.ts';
import { mainDataCenter } from '../formats/main-dc.ts';
import { UsageError, type Values } from './command.ts';
import { textOf } from './options.ts';

/** The user that the person names. */
export interface KnownUser {
  id: number;
  bot: boolean;
}

export const USER_OPTIONS = { user: { type: 'string' }, bot: { type: 'boolean' } } as const;

export const USER_HELP = {
  user: 'the id of the user, where the source does not say it and the target must know',
  bot: 'that user is a bot',
};

/** The user of the options; null if none is named. */
export function knownUserOf(values: Values): KnownUser | null {
  const text = textOf(values, 'user');
  if (text === undefined) {
    if (values.bot === true) throw new UsageError('--bot says more of the user that --user names.');
    return null;
  }
  const id = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  if (id < 1 || !Number.isSafeInteger(id)) throw new UsageError('--user takes the id of a user, a number.');
  return { id, bot: values.bot === true };
}

/**
 * The result with the user filled in.
 *
 * @throws SessionError `INVALID_VALUE` if the source names another one, or says that nobody is logged in;
 * `CANNOT_HOLD` for several accounts, and where it is not known on which data centre the user lives
 */
export function withKnownUser(result: ReadResult, user: KnownUser): ReadResult {
  const [snapshot, second] = result.snapshots;
  if (snapshot === undefined || second !== undefined) {
    throw new SessionError('CANNOT_HOLD', '--user is for one account. Choose it with --account N.');
  }
  return { ...result, snapshots: [withUser(snapshot, user)] };
}

/** Whether a format cannot be written because it must name a user, whom the source does not know. */
export function needsUser(error: unknown): error is SessionError {
  return error instanceof SessionError && error.code === 'CANNOT_HOLD' && error.field === 'session.user';
}

function withUser(snapshot: Snapshot, { id, bot }: KnownUser): Snapshot {
  const { session, loggedIn, notes } = snapshot;
  if (session.user !== null) {
    if (session.user.id === id) return snapshot;
    const message = `The source says that user ${session.user.id} is logged in: leave --user out.`;
    throw new SessionError('INVALID_VALUE', message, { field: 'user' });
  }
  if (loggedIn === false) {
    throw new SessionError('INVALID_VALUE', 'The source says that nobody is logged in: leave --user out.', {
      field: 'user',
    });
  }
  const dc = mainDataCenter(snapshot).id;
  return {
    ...snapshot,
    session: session.with({ user: { id, dc, bot, username: null } }),
    loggedIn: true,
    botKnown: true,
    notes: [...notes, `That user ${id}${bot ? ', a bot,' : ''} is logged in was taken from --user.`],
  };
}
