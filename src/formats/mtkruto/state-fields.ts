/** How far updates were read, as MTKruto's stores have it (formats/mtkruto.md, section 2). */

import { refuse } from '../../check.ts';
import type { UpdateStateFields } from '../../session.ts';
import { ByteReader } from '../bytes.ts';
import { decodeRle } from './rle.ts';
import type { Value } from './value.ts';

/** updates.state: its constructor and five integers. */
const STATE = 0xa56c2a3e;
const STATE_BYTES = 24;

/**
 * What is in a state that was made bytes of: `["updates.state", bytes]`, or in old versions the bytes alone.
 *
 * @throws SessionError `INVALID_VALUE`
 */
export function readStateFields(stored: Value): UpdateStateFields {
  const bytes = Array.isArray(stored) && stored[0] === 'updates.state' ? stored[1] : stored;
  if (!(bytes instanceof Uint8Array)) return refuse('updates.state', '', 'bytes of TL', stored);
  const reader = new ByteReader(decodeRle('updates.state', bytes, STATE_BYTES), 'updates.state');
  if (reader.u32le('constructor') !== STATE) reader.refuse('constructor', 'that of updates.state', 'another');
  const [pts, qts, date, seq] = ['pts', 'qts', 'date', 'seq'].map((name) => reader.i32le(name));
  reader.i32le('unreadCount');
  reader.end();
  return { pts: pts!, qts: qts!, date: date!, seq: seq! };
}
