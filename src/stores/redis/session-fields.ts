/** A session in the hashes of Redis: what is written for changes, and the session that is read. */

import type { SessionChanges } from '../../changes.ts';
import { checkInteger, MAX_DC_ID } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { DataCenter, Session, type UpdateState, type User } from '../../session.ts';
import type { Reply } from './client.ts';
import { counterOf, parsed, placeOf, textOf, userOf } from './entries.ts';

/** Says that the user or the state is as before. */
const AS_BEFORE = '';
/** Says that there is none. */
const NONE = '-';

/** Changes as arguments of the script that saves, behind the fence. */
export function saveArguments(changes: SessionChanges, number: number, replace: boolean): string[] {
  const { dcsPut, dcsGone, user, state, channelsPut, channelsGone } = changes;
  return [
    String(number),
    replace ? '1' : '0',
    user === undefined ? AS_BEFORE : user === null ? NONE : userText(user),
    state === undefined ? AS_BEFORE : state === null ? NONE : stateText(state),
    ...counted(dcsPut, (dc) => [String(dc.id), dcText(dc)]),
    ...counted(dcsGone, (id) => [String(id)]),
    ...counted(channelsPut, ({ id, pts }) => [String(id), String(pts)]),
    ...counted(channelsGone, (id) => [String(id)]),
  ];
}

/** The most channels in a save of counters: their arguments must fit into one call within a script. */
const MAX_COUNTERS = 1000;

/** Changes as arguments of the script that saves counters, behind the numbers; null where they are more than that. */
export function counterArguments(changes: SessionChanges): string[] | null {
  const { dcsPut, dcsGone, user, state, channelsPut, channelsGone } = changes;
  const isMore = dcsPut.length + dcsGone.length + channelsGone.length > 0 || user !== undefined;
  if (isMore || state === null || channelsPut.length > MAX_COUNTERS) return null;
  const args = [state === undefined ? AS_BEFORE : stateText(state)];
  for (const { id, pts } of channelsPut) args.push(String(id), String(pts));
  return args;
}

/** A list as arguments of a script: how many there are, then each. */
export function counted<T>(list: readonly T[], each: (item: T) => string[]): string[] {
  const args = [String(list.length)];
  for (const item of list) args.push(...each(item));
  return args;
}

/**
 * The session that the script that reads has found.
 *
 * @throws SessionError `DAMAGED`, `INVALID_VALUE`
 */
export function sessionOf(name: string, reply: Reply): Session | null {
  if (!Array.isArray(reply) || reply.length === 0) return null;
  const at = placeOf(name);
  const [user, state, dcs, channels] = reply;
  const stateFound = textOf(state) ?? '';
  return new Session(
    {
      // A hash has no order of its own.
      dcs: pairs(dcs)
        .map(([id, text]) => dcOf(at, id, text))
        .sort((a, b) => a.id - b.id),
      user: userOf(at, textOf(user)),
      state: stateFound === '' ? null : { ...countersOf(at, stateFound), channels: channelsOf(at, channels) },
    },
    at,
  );
}

/** The pairs of a whole hash. */
export function pairs(reply: Reply | undefined): [string, string][] {
  const list = Array.isArray(reply) ? reply : [];
  const result: [string, string][] = [];
  for (let i = 0; i + 1 < list.length; i += 2) result.push([String(list[i]), String(list[i + 1])]);
  return result;
}

/** The user as it is kept. */
export function userText({ id, dc, bot, username }: User): string {
  return JSON.stringify({ id, dc, bot, username });
}

function stateText({ pts, qts, date, seq }: UpdateState): string {
  return [pts, qts, date, seq].join(',');
}

function countersOf(at: string, text: string) {
  const counters = text.split(',');
  if (counters.length !== 4) throw damaged(at, 'state');
  const [pts, qts, date, seq] = counters.map((each) => counterOf(at, 'state', each));
  return { pts: pts!, qts: qts!, date: date!, seq: seq! };
}

function channelsOf(at: string, reply: Reply | undefined) {
  return pairs(reply).map(([id, pts]) => ({
    id: counterOf(at, 'channels.id', id),
    pts: counterOf(at, 'channels.pts', pts),
  }));
}

function dcText({ ipv4Addr, ipv6Addr, auth }: DataCenter): string {
  return JSON.stringify({ ipv4Addr, ipv6Addr, auth: auth && Buffer.from(auth).toString('base64') });
}

function dcOf(at: string, id: string, text: string): DataCenter {
  // What stands there as an id is not repeated before it is known to be one.
  const number = checkInteger(at, 'dcs.id', counterOf(at, 'dcs.id', id), 1, MAX_DC_ID);
  const { ipv4Addr, ipv6Addr, auth } = parsed(at, `dcs[${number}]`, text);
  const key = typeof auth === 'string' ? keyOf(at, number, auth) : (auth as null);
  const fields = { ipv4Addr: ipv4Addr as string | null, ipv6Addr: ipv6Addr as string | null, auth: key };
  return new DataCenter({ id: number, ...fields }, `${at}.dcs[${number}]`);
}

/** The bytes of a key. `Buffer` passes over what is no base64. */
function keyOf(at: string, id: number, text: string): Uint8Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw damaged(at, `dcs[${id}].auth`);
  return new Uint8Array(bytes);
}

function damaged(at: string, name: string): SessionError {
  return new SessionError('DAMAGED', `${at}.${name} is not what tgsession wrote there.`, {
    field: `${at}.${name}`,
  });
}
