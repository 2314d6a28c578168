/** What an operator notes of a session, for stores that keep it as one text beside the session: JSON. */

import { checkInteger, checkObject, type Place, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { AuthKeyStatus } from '../status.ts';
import { checkDetails, checkStatus, checkStatusReason } from './checks.ts';
import type { SessionDetails, SessionInfo, SessionStatus } from './store.ts';

/** The part of a {@link SessionInfo} that is no part of the session itself. */
export type Notes = Pick<SessionInfo, 'status' | 'reason' | 'statusSince' | 'phone' | 'label' | 'tags'>;

/** The notes of a session of which nothing was noted. */
export function noNotes(): Notes {
  return { status: 'ok', reason: null, statusSince: null, phone: null, label: null, tags: [] };
}

/** The notes after `setStatus`. A status that stays the same keeps its time. */
export function withStatus(notes: Notes, status: SessionStatus, reason: string | null): Notes {
  const statusSince = status === notes.status ? notes.statusSince : new Date();
  return { ...notes, status, reason, statusSince };
}

/** The notes after `describe`. */
export function withDetails(notes: Notes, { label, tags, phone }: SessionDetails): Notes {
  return {
    ...notes,
    ...(label !== undefined && { label }),
    ...(tags !== undefined && { tags: [...tags] }),
    ...(phone !== undefined && { phone }),
  };
}

/** The notes with what Telegram said of the session, if that is newer than what was noted. */
export function withSaid(notes: Notes, said: AuthKeyStatus | null): Notes {
  if (said === null || (notes.statusSince !== null && notes.statusSince >= said.at)) return notes;
  const status = said.status === 'alive' ? 'ok' : 'dead';
  if (status === 'ok' && notes.status === 'ok') return notes;
  return { ...notes, status, reason: said.reason, statusSince: said.at };
}

export function notesToText({ statusSince, ...notes }: Notes): string {
  return `${JSON.stringify({ ...notes, statusSince: statusSince?.getTime() ?? null })}\n`;
}

/**
 * The notes that a text holds.
 *
 * @param at where the text is, for errors
 * @throws SessionError `INVALID_VALUE`: whoever cannot read the notes does not know whether the session is dead
 */
export function notesFromText(at: Place, text: string): Notes {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse(at, '', 'notes of a session in JSON', text);
  }
  try {
    const { status, reason, statusSince, phone, label, tags } = checkObject<{ [key: string]: unknown }>(
      'notes',
      '',
      value as { [key: string]: unknown },
    );
    const details = checkDetails({ phone, label, tags } as SessionDetails);
    return {
      status: checkStatus(status),
      reason: checkStatusReason(reason),
      statusSince:
        statusSince === null ? null : new Date(checkInteger('notes', 'statusSince', statusSince, 0, 8.64e15)),
      phone: details.phone ?? null,
      label: details.label ?? null,
      tags: [...(details.tags ?? [])],
    };
  } catch (error) {
    const { message, field, found } = error as SessionError;
    throw new SessionError('INVALID_VALUE', `The notes in ${at} are damaged: ${message}`, {
      ...(field !== null && { field }),
      ...(found !== null && { found }),
    });
  }
}
