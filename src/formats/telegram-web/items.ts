/**
 * The items that Telegram Web A and Web K keep in localStorage (formats/telegram-web.md). Both run on one origin and
 * write each other's items, so that a user can go from one to the other: what tells them apart is what else they leave
 * there.
 */

import { refuse } from '../../check.ts';
import { type BigJson, parseBigJson } from '../big-json.ts';
import type { Dump } from '../local-storage-dump.ts';

/** Which client. */
export type Client = 'a' | 'k';

/** In test mode Web K puts this in front of the names of all items. */
export const TEST_PREFIX = 't_';

/** The item by which Web A knows that it is locked. */
export const SCREEN_LOCKED = 'tt-is-screen-locked';

const SLOT = /^account([1-9]\d{0,2})$/;
export const KEY_NAME = /^dc([1-9]\d{0,2})_auth_key$/;
/** What the item of an account has in it. */
const IS_ACCOUNT = /"dc(?:Id|\d{1,3}_auth_key)"/;

/** The items of one kind of servers: without a prefix, or with that of test mode. */
export class Area {
  readonly prefix: string;
  /** Slots with an account, in their order. */
  readonly slots: readonly number[];
  /** Whether there are the items from before there were slots, which both still write for the first one. */
  readonly hasOld: boolean;
  /** Data centres with a key among these. */
  readonly oldKeys: readonly number[];
  readonly #dump: Dump;

  constructor(dump: Dump, prefix: string) {
    this.#dump = dump;
    this.prefix = prefix;
    const names = [...dump.keys()]
      .filter((name) => name.startsWith(prefix))
      .map((name) => name.slice(prefix.length));
    this.slots = numbersIn(names, SLOT).filter((slot) => IS_ACCOUNT.test(this.text(`account${slot}`)));
    this.oldKeys = numbersIn(names, KEY_NAME);
    const hasUser = this.has('dc') ? this.has('user_auth') : /"dcID"/.test(this.text('user_auth'));
    this.hasOld = hasUser || this.oldKeys.length > 0;
  }

  get isEmpty(): boolean {
    return this.slots.length === 0 && !this.hasOld;
  }

  has(name: string): boolean {
    return this.#dump.has(this.prefix + name);
  }

  /** The value of an item, which is JSON itself; undefined where there is none. @throws SessionError `INVALID_VALUE` */
  json(name: string): BigJson | undefined {
    const at = this.prefix + name;
    const text = this.#dump.get(at);
    if (text === undefined) return undefined;
    return typeof text === 'string' ? parseBigJson(text, at) : refuse(at, '', 'text', text);
  }

  /** The value of an item as it stands, or nothing. For what is not worth an error. */
  text(name: string): string {
    const value = this.#dump.get(this.prefix + name);
    return typeof value === 'string' ? value : '';
  }

  /** A small number that an item consists of, or null. For what is not worth an error. */
  count(name: string): number | null {
    const text = this.text(name);
    return /^\d{1,6}$/.test(text) ? Number(text) : null;
  }
}

/** The numbers in names of a kind, ascending. */
export function numbersIn(names: Iterable<string>, kind: RegExp): number[] {
  const numbers: number[] = [];
  for (const name of names) {
    const [, digits] = kind.exec(name) ?? [];
    if (digits !== undefined) numbers.push(Number(digits));
  }
  return numbers.sort((a, b) => a - b);
}

/** The areas that hold accounts. */
export function areasIn(dump: Dump): Area[] {
  return ['', TEST_PREFIX].map((prefix) => new Area(dump, prefix)).filter((area) => !area.isEmpty);
}

/** Whose dump it is, whether it has keys or is that of a client with a passcode; null if it is of neither. */
export function clientOf(dump: Dump): Client | null {
  const areas = areasIn(dump);
  if (areas.length === 0) return lockedClient(dump);
  // The client that web.telegram.org opens: "Z" is what Web A was called at first.
  const chosen = ['', TEST_PREFIX].map((prefix) => dump.get(`${prefix}kz_version`));
  if (chosen.some((version) => version === '"K"' || version === 'K')) return 'k';
  if (chosen.some((version) => version === '"Z"' || version === 'Z')) return 'a';
  const isOfK = [...dump].some(
    ([name, value]) =>
      K_NAME.test(name) || (K_NAMED.test(name) && typeof value === 'string' && K_VALUE.test(value)),
  );
  return isOfK || areas.some(({ prefix }) => prefix === TEST_PREFIX) ? 'k' : 'a';
}

/** Items that Web K alone writes. */
const K_NAME =
  /^(?:t_)?(?:k_build|state_id|number_of_accounts|current_account|xt_instance|server_time_offset|auth_key_fingerprint|dc\d_server_salt)$/;
/** Items that both write, and what Web K puts into them: numbers for ids, salts. */
const K_NAMED = /^(?:user_auth|account\d+)$/;
const K_VALUE = /^\s*\d|"(?:id|userId)"\s*:\s*\d|"(?:dc\d_server_salt|auth_key_fingerprint)"/;

/** The client that has a passcode, and so has no key in localStorage; null where it is none. */
export function lockedClient(dump: Dump): Client | null {
  if (dump.get(SCREEN_LOCKED) === 'true') return 'a';
  const isLocked = ['', TEST_PREFIX].some((prefix) => {
    const isOfK = ['kz_version', 'state_id', 'k_build'].some((name) => dump.has(prefix + name));
    return isOfK && /^[1-9]\d*$/.test(String(dump.get(`${prefix}number_of_accounts`)));
  });
  return isLocked ? 'k' : null;
}
