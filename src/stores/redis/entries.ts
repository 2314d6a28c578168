/** The hash of a session: what is read from it, checked like any input. */

import { checkCounter, checkInteger, refuse } from '../../check.ts';
import { holderText, SessionError } from '../../errors.ts';
import { User, type UserFields } from '../../session.ts';
import { checkStatus } from '../checks.ts';
import type { SessionInfo, StoreHolder, TakeOver } from '../store.ts';
import type { Reply } from './client.ts';

/** The fields that tell of a session without its keys, in the order of {@link infoOf}. */
export const INFO_FIELDS = [
  'there',
  'user',
  'status',
  'reason',
  'status_since',
  'phone',
  'label',
  'tags',
  'saved',
  'holder',
  'since',
  'until',
  'taken_reason',
  'taken_at',
  'taken_holder',
  'taken_since',
] as const;

/** What is told of a session; null if it is not there. @param now the server's time @throws SessionError `DAMAGED`, … */
export function infoOf(name: string, reply: Reply, now: number): SessionInfo | null {
  const at = placeOf(name);
  const values = Array.isArray(reply) ? reply : [];
  const text = (field: (typeof INFO_FIELDS)[number]) => textOf(values[INFO_FIELDS.indexOf(field)]);
  if (text('there') === null) return null;
  return {
    name,
    status: checkStatus(text('status') ?? 'ok', `${at}.status`),
    reason: text('reason'),
    statusSince: dateOrNull(at, 'status_since', text('status_since')),
    user: userOf(at, text('user')),
    phone: text('phone'),
    label: text('label'),
    tags: tagsOf(at, text('tags')),
    savedAt: savedOf(at, text('saved')),
    holder: liveHolder(at, text('holder'), text('since'), text('until'), now),
    takenOver: takeOverOf(
      at,
      text('taken_reason'),
      text('taken_at'),
      text('taken_holder'),
      text('taken_since'),
    ),
  };
}

/** A text of a reply; null for none. */
export function textOf(value: Reply | undefined): string | null {
  return value === null || value === undefined || Array.isArray(value) ? null : String(value);
}

/** Where a session is, for errors. */
export function placeOf(name: string): string {
  return `sessions[${JSON.stringify(name)}]`;
}

/** The user, without the keys that it goes with. */
export function userOf(at: string, text: string | null): UserFields | null {
  if (text === null || text === '') return null;
  const fields: unknown = parsed(at, 'user', text);
  const { id, dc, bot, username } = new User(fields as UserFields, `${at}.user`);
  return { id, dc, bot, username };
}

/** The holder as the server gives it. */
export function holderOf(
  at: string,
  holder: string,
  since: string | null,
  until: string | null,
): StoreHolder {
  const { pid, host, label } = parsed(at, 'holder', holder);
  if (typeof host !== 'string' || (label !== null && typeof label !== 'string')) {
    return refuse(at, 'holder', 'a host and a label', 'other fields');
  }
  return {
    pid: checkInteger(at, 'holder.pid', pid, 0, Number.MAX_SAFE_INTEGER),
    host,
    label,
    since: dateOf(at, 'since', since),
    expires: dateOf(at, 'until', until),
  };
}

export function tagsOf(at: string, text: string | null): string[] {
  if (text === null || text === '') return [];
  const tags: unknown = parsed(at, 'tags', text);
  return Array.isArray(tags) && tags.every((tag) => typeof tag === 'string')
    ? tags
    : refuse(at, 'tags', 'a list of texts', tags);
}

/** A counter in decimal text. */
export function counterOf(at: string, name: string, text: string | null): number {
  return checkCounter(at, name, text !== null && /^\d{1,16}$/.test(text) ? Number(text) : text);
}

/** An object in JSON. What the parser says of another text may repeat a part of it. */
export function parsed(at: string, name: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {}
  throw new SessionError('DAMAGED', `${at}.${name} is no JSON that tgsession wrote there.`, {
    field: `${at}.${name}`,
    found: `text of ${text.length} characters`,
  });
}

function liveHolder(
  at: string,
  holder: string | null,
  since: string | null,
  until: string | null,
  now: number,
): StoreHolder | null {
  if (holder === null || counterOf(at, 'until', until) <= now) return null;
  return holderOf(at, holder, since, until);
}

function takeOverOf(
  at: string,
  reason: string | null,
  time: string | null,
  holder: string | null,
  since: string | null,
): TakeOver | null {
  if (reason === null || holder === null) return null;
  const from = holderText(holderOf(at, holder, since, since));
  return { reason, at: dateOf(at, 'taken_at', time), from };
}

/** The time of a save: seconds and microseconds. */
function savedOf(at: string, text: string | null): Date | null {
  if (text === null) return null;
  const [, seconds, micros] = /^(\d{1,12}) (\d{1,6})$/.exec(text) ?? [];
  if (seconds === undefined) return refuse(at, 'saved', 'seconds and microseconds', text);
  return new Date(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
}

function dateOrNull(at: string, name: string, text: string | null): Date | null {
  return text === null ? null : dateOf(at, name, text);
}

function dateOf(at: string, name: string, text: string | null): Date {
  return new Date(checkInteger(at, name, text === null ? null : counterOf(at, name, text), 0, 8.64e15));
}
