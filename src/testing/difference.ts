/** What differs between the session that a storage should have given and what it gave, in words without keys. */

import { authKeyId } from '../auth-key.ts';
import { describe } from '../check.ts';
import type { Peer } from '../peers.ts';
import { Session } from '../session.ts';

const MOST_LINES = 6;

/** The differences, a line for each; empty if there are none. */
export function differences(expected: Session | null, found: unknown): string[] {
  if (expected === null || found === null) {
    return expected === found ? [] : [`expected ${show(expected)}, found ${show(found)}`];
  }
  if (typeof found !== 'object') return [`expected a Session, found ${show(found)}`];
  if (!(found instanceof Session) && typeof (found as Session).equals !== 'function') {
    return ['expected a Session, found an object that is none: make it with new Session(fields)'];
  }
  const actual = found as Session;
  const lines = [
    ...compareLists('dcs', expected.dcs, actual.dcs, ['ipv4Addr', 'ipv6Addr', 'auth']),
    ...compareFields('user', expected.user, actual.user, ['id', 'dc', 'bot', 'username']),
    ...compareFields('state', expected.state, actual.state, ['pts', 'qts', 'date', 'seq']),
  ];
  if (expected.state && actual.state) {
    lines.push(...compareLists('state.channels', expected.state.channels, actual.state.channels, ['pts']));
  }
  if (lines.length <= MOST_LINES) return lines;
  return [...lines.slice(0, MOST_LINES), `and ${lines.length - MOST_LINES} more`];
}

function compareFields<T extends object>(
  where: string,
  expected: T | null,
  found: T | null,
  fields: (keyof T & string)[],
): string[] {
  if (expected === null || found === null || typeof found !== 'object') {
    return expected === found ? [] : [`${where}: expected ${show(expected)}, found ${show(found)}`];
  }
  return fields
    .filter((field) => !same(expected[field], found[field]))
    .map((field) => `${where}.${field}: expected ${show(expected[field])}, found ${show(found[field])}`);
}

/** Lists of things with ids, in any order. */
function compareLists<T extends { id: number }>(
  where: string,
  expected: readonly T[],
  found: readonly T[],
  fields: (keyof T & string)[],
): string[] {
  if (!Array.isArray(found)) return [`${where}: expected a list, found ${show(found)}`];
  const lines: string[] = [];
  const left = new Map<unknown, T>(found.map((item) => [item?.id, item]));
  if (left.size < found.length) lines.push(`${where}: has an id twice`);
  for (const item of expected) {
    const other = left.get(item.id);
    if (other === undefined) lines.push(`${where}: ${item} is missing`);
    else lines.push(...compareFields(`${where} with id ${item.id}`, item, other, fields));
    left.delete(item.id);
  }
  for (const [id, item] of left)
    lines.push(`${where}: ${show(item)} with id ${show(id)} should not be there`);
  return lines;
}

/** The first difference of two peers; null if there is none. */
export function differingPeer(expected: Peer | null, found: Peer | null): string | null {
  if (expected === null || found === null || typeof found !== 'object') {
    return expected === found ? null : `expected ${showPeer(expected)}, found ${showPeer(found)}`;
  }
  const fields = new Set([...Object.keys(expected), ...Object.keys(found)]) as Set<keyof Peer>;
  for (const field of fields) {
    const [a, b] = [expected[field], found[field]].map((value) =>
      Array.isArray(value) ? JSON.stringify(value) : value,
    );
    if (a !== b) return `${field}: expected ${show(a)}, found ${show(b)}`;
  }
  return null;
}

function showPeer(peer: Peer | null): string {
  return peer === null ? 'null' : `${peer?.kind} ${peer?.id}`;
}

function same(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array && b instanceof Uint8Array)) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** A value for a message; a key by its id, never by its bytes. */
export function show(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Uint8Array) {
    const length = value.length === 256 ? '' : ` of ${value.length} bytes`;
    return `auth key ${authKeyId(value)}${length}`;
  }
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  // Of objects only ours are printed: they know how to without a key.
  if (typeof value === 'object' && 'equals' in value && typeof value.equals === 'function') return `${value}`;
  return describe(value);
}
