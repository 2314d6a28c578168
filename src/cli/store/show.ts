/** Sessions of a store in words and in JSON. */

import { holderText } from '../../errors.ts';
import type { SessionInfo } from '../../stores/store.ts';
import { plain, style } from '../print.ts';

/** The heading of a list. */
export const HEADING = ['NAME', 'STATUS', 'USER', 'DC', 'SAVED', 'HOLDER', 'LABEL, TAGS'];

/** A session as a row of a list. */
export function rowOf({ name, status, user, savedAt, holder, label, tags }: SessionInfo): string[] {
  const who = user === null ? '-' : user.username === null ? String(user.id) : `${user.id} @${user.username}`;
  return [
    name,
    status,
    user?.bot ? `${who} (bot)` : who,
    user === null ? '-' : String(user.dc),
    savedAt === null ? '-' : savedAt.toISOString().slice(0, 16).replace('T', ' '),
    holder === null ? '-' : `${holder.pid}@${holder.host}${holder.label === null ? '' : ` ${holder.label}`}`,
    [label, tags.length > 0 && tags.join(' ')].filter(Boolean).join(', ') || '-',
  ].map(plain);
}

export function statusStyle(status: string): string {
  if (status === 'ok') return style('green', status);
  return style(status === 'dead' ? 'red' : 'yellow', status);
}

/** What is known of a session, a line for each. */
export function factsOf(info: SessionInfo): [name: string, value: string][] {
  const { status, reason, statusSince, user, phone, label, tags, savedAt, holder, takenOver } = info;
  const since = statusSince === null ? '' : ` since ${statusSince.toISOString()}`;
  const facts: [string, string | null][] = [
    ['status', `${status}${since}${reason === null ? '' : `: ${reason}`}`],
    [
      'user',
      user &&
        `${user.id}${user.username == null ? '' : ` @${user.username}`}, ${user.bot ? 'bot' : 'user'}, dc ${user.dc}`,
    ],
    ['phone', phone],
    ['label', label],
    ['tags', tags.length === 0 ? null : tags.join(' ')],
    ['saved', savedAt?.toISOString() ?? null],
    [
      'holder',
      holder &&
        `${holderText(holder)}${holder.expires === null ? '' : `, until ${holder.expires.toISOString()} or renewed`}`,
    ],
    ['taken over', takenOver && `${takenOver.at.toISOString()} from ${takenOver.from}: ${takenOver.reason}`],
  ];
  return facts.map(([name, value]) => [name, plain(value ?? '-')]);
}
