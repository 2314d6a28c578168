/** The settings in a binlog (formats/tdlib.md, section 4), which are pairs of a name and a value. */

import { SessionError } from '../../errors.ts';
import { ByteReader } from '../bytes.ts';
import { readTlBytes, TlWriter } from '../tl.ts';
import { type LiveEvent, writeEvent } from './events.ts';

/** What TDLib keeps for itself, keys of data centres included. */
const SETTING = 0x4327;
/** What the application sees as options; nothing that a session needs. */
const OPTION = 0x1f18;
/** More settings and options than any account has. */
const MAX_SETTINGS = 100_000;

const latin1 = new TextDecoder('latin1');

/** The settings that a session is made of: the others are not looked at, as some are secret. */
const WANTED =
  /^(?:auth(?:\d.*|_is_bot)?|my_id|main_dc_id|dc_options(?:_update)?|updates\.(?:pts|qts|date))$/s;

/** The settings of a file. */
export interface Settings {
  /** Names of all. */
  names: ReadonlySet<string>;
  /** Values of those that a session is made of, by name. */
  values: ReadonlyMap<string, Uint8Array>;
  /** How many events are no settings: requests that TDLib has yet to finish. */
  others: number;
}

/**
 * The settings among the events that count. Of two with the same name, the later one.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function settingsIn(live: Iterable<LiveEvent>, label: string): Settings {
  const names = new Set<string>();
  const values = new Map<string, Uint8Array>();
  let count = 0;
  let others = 0;
  for (const { type, data } of live) {
    if (type !== SETTING && type !== OPTION) {
      others++;
      continue;
    }
    if (++count > MAX_SETTINGS) {
      throw new SessionError('INVALID_VALUE', `${label} has more than ${MAX_SETTINGS} settings.`, {
        field: 'events',
      });
    }
    const name = readTlBytes(data, 'name');
    const value = readTlBytes(data, 'value');
    data.end();
    if (name.left === 0) data.refuse('name', 'not empty', 'empty');
    if (type === OPTION) continue;
    const text = latin1.decode(name.bytes('', name.left));
    names.add(text);
    if (WANTED.test(text)) values.set(text, value.bytes('', value.left));
  }
  return { names, values, others };
}

/** The record that a value is, or null where there is none; TDLib takes an empty value for none. */
export function recordOf(values: Settings['values'], name: string): ByteReader | null {
  const value = values.get(name);
  return value === undefined || value.length === 0 ? null : new ByteReader(value, name);
}

/** A value as text. @throws SessionError `INVALID_VALUE` */
export function textValue(values: Settings['values'], name: string): string | null {
  const value = recordOf(values, name);
  return value?.text('', value.left) ?? null;
}

/** A value as the decimal number that it is. @throws SessionError `INVALID_VALUE` */
export function numberValue(
  values: Settings['values'],
  name: string,
  min: number,
  max: number,
): number | null {
  const text = textValue(values, name);
  return text === null ? null : decimal(text, name, min, max);
}

/** Decimal text as a number. @throws SessionError `INVALID_VALUE` */
export function decimal(text: string, at: string, min: number, max: number): number {
  const number = /^(?:0|[1-9]\d{0,15})$/.test(text) ? Number(text) : Number.NaN;
  if (number >= min && number <= max) return number;
  const found = Number.isNaN(number) ? 'other text' : String(number);
  throw new SessionError(
    'INVALID_VALUE',
    `${at} must be a decimal number from ${min} to ${max}, but is ${found}.`,
    {
      field: at,
      found,
    },
  );
}

/** A setting as an event. */
export function writeSetting(id: number, name: string, value: string | Uint8Array): Uint8Array {
  const data = new TlWriter().string(name);
  if (typeof value === 'string') data.string(value);
  else data.bytes(value);
  const event = writeEvent(id, SETTING, data.done());
  data.wipe();
  return event;
}
