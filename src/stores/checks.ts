/** The checks of what is asked of a store. All give checked copies, and throw SessionError `INVALID_VALUE`. */

import { checkBoolean, checkDcId, checkId, checkInteger, checkObject, checkText, refuse } from '../check.ts';
import { usernameToLookUp } from '../peers/rules.ts';
import { checkName } from './names.ts';
import type {
  ClaimOptions,
  ListOptions,
  SessionDetails,
  SessionFilter,
  SessionStatus,
  StoredSessionOptions,
} from './store.ts';

/** Most sessions in a page or a claim. */
export const MAX_PAGE = 10_000;
/** Longest label or reason, in UTF-16 units. */
export const MAX_NOTE_LENGTH = 256;
const USUAL_PAGE = 100;
const MAX_TAGS = 100;
const MAX_TAG_LENGTH = 64;
const MAX_PHONE_DIGITS = 32;
/** The longest time that a timer can wait. */
const MAX_WAIT = 2 ** 31 - 1;

const STATUSES: readonly unknown[] = ['ok', 'suspected', 'dead'] satisfies SessionStatus[];

export function checkStatus(value: unknown, at = 'status'): SessionStatus {
  return STATUSES.includes(value)
    ? (value as SessionStatus)
    : refuse(at, '', '"ok", "suspected" or "dead"', value);
}

/** Why a session has its status. */
export function checkStatusReason(value: unknown): string | null {
  return value === null || value === undefined ? null : checkText('reason', '', value, MAX_NOTE_LENGTH);
}

/** A filter in the form in which it is compared: the username in lower case and without `@`, the phone's digits alone. */
export function checkFilter(value: SessionFilter = {}, at = 'filter'): SessionFilter {
  const { userId, username, phone, dc, bot, status, label, tag } = checkObject(at, '', value);
  return {
    ...(userId !== undefined && { userId: checkId(at, 'userId', userId) }),
    ...(username !== undefined && { username: usernameToLookUp(username) }),
    ...(phone !== undefined && { phone: checkPhone(at, phone) }),
    ...(dc !== undefined && { dc: checkDcId(at, 'dc', dc) }),
    ...(bot !== undefined && { bot: checkBoolean(at, 'bot', bot) }),
    ...(status !== undefined && { status: checkStatus(status, `${at}.status`) }),
    ...(label !== undefined && { label: checkNote(at, 'label', label, MAX_NOTE_LENGTH) }),
    ...(tag !== undefined && { tag: checkNote(at, 'tag', tag, MAX_TAG_LENGTH) }),
  };
}

export function checkListOptions(value: ListOptions = {}): Required<ListOptions> {
  const { after = null, limit = USUAL_PAGE, filter } = checkObject('options', '', value);
  return {
    after: after === null ? null : checkName(after, 'options.after'),
    limit: checkInteger('options', 'limit', limit, 1, MAX_PAGE),
    filter: checkFilter(filter, 'options.filter'),
  };
}

export function checkDetails(value: SessionDetails): SessionDetails {
  const { label, tags, phone } = checkObject('details', '', value);
  return {
    ...(label !== undefined && {
      label: label === null ? null : checkNote('details', 'label', label, MAX_NOTE_LENGTH),
    }),
    ...(tags !== undefined && { tags: checkTags(tags) }),
    ...(phone !== undefined && { phone: phone === null ? null : checkPhone('details', phone) }),
  };
}

export function checkSessionOptions(value: StoredSessionOptions = {}): StoredSessionOptions {
  const { userId, dead, takeOver, ...waiting } = checkObject('options', '', value);
  return {
    ...checkWaiting(waiting),
    ...(userId !== undefined && { userId: checkId('options', 'userId', userId) }),
    ...(dead !== undefined && { dead: checkBoolean('options', 'dead', dead) }),
    ...(takeOver !== undefined && { takeOver: checkNote('options', 'takeOver', takeOver, MAX_NOTE_LENGTH) }),
  };
}

export function checkClaimOptions(
  value: ClaimOptions = {},
): ClaimOptions & { filter: SessionFilter; limit: number } {
  const { filter, limit = 1, ...waiting } = checkObject('options', '', value);
  const checked = checkFilter(filter, 'options.filter');
  if (checked.status === 'dead')
    refuse('options.filter', 'status', '"ok" or "suspected": dead sessions are not claimed', 'dead');
  return {
    ...checkWaiting(waiting),
    filter: { status: 'ok', ...checked },
    limit: checkInteger('options', 'limit', limit, 1, MAX_PAGE),
  };
}

/** What a holder calls itself. */
export function checkHolderLabel(value: unknown): string | null {
  return value === null || value === undefined ? null : checkNote('options', 'label', value, MAX_NOTE_LENGTH);
}

function checkWaiting({ wait, signal, label }: Pick<StoredSessionOptions, 'wait' | 'signal' | 'label'>) {
  if (signal !== undefined && !(signal instanceof AbortSignal))
    refuse('options', 'signal', 'an AbortSignal', signal);
  return {
    ...(wait !== undefined && {
      wait: wait === Number.POSITIVE_INFINITY ? wait : checkInteger('options', 'wait', wait, 0, MAX_WAIT),
    }),
    ...(signal !== undefined && { signal }),
    ...(label !== undefined && { label: checkNote('options', 'label', label, MAX_NOTE_LENGTH) }),
  };
}

function checkTags(value: unknown): string[] {
  if (!Array.isArray(value) || value.length > MAX_TAGS) {
    return refuse('details', 'tags', `a list of at most ${MAX_TAGS} texts`, value);
  }
  const tags = value.map((tag, i) => checkNote('details', `tags[${i}]`, tag, MAX_TAG_LENGTH));
  return [...new Set(tags)].sort();
}

/** The digits of a phone number. */
function checkPhone(at: string, value: unknown): string {
  const digits = checkText(at, 'phone', value, MAX_NOTE_LENGTH).replaceAll(/\D/g, '');
  if (digits === '' || digits.length > MAX_PHONE_DIGITS) {
    return refuse(at, 'phone', `a phone number of 1 to ${MAX_PHONE_DIGITS} digits`, value);
  }
  return digits;
}

function checkNote(at: string, name: string, value: unknown, maxLength: number): string {
  const text = checkText(at, name, value, maxLength);
  return text === '' ? refuse(at, name, `text of 1 to ${maxLength} characters`, value) : text;
}
