/** What of a snapshot is missing, or another, after it went through a format: the paths that losses have. */

import { expect } from 'vitest';
import { splitAddress } from '../../src/address.ts';
import type { Loss, Snapshot } from '../../src/formats/index.ts';
import { ipv6Bytes } from '../../src/formats/ip.ts';
import { withOwn } from '../../src/formats/peer-values.ts';
import type { Peer } from '../../src/peers.ts';

/** Notes a path where something was there before, and is not the same after. What was added is no loss. */
type Compare = (field: string, before: unknown, after: unknown) => void;

const byKindAndId = ({ kind, id }: Pick<Peer, 'kind' | 'id'>) => `${kind} ${id}`;

/** Paths of everything that was there before and is not, or not the same, after; sorted. */
export function differences(before: Snapshot, after: Snapshot): string[] {
  const found = new Set<string>();
  const compare: Compare = (field, a, b) => {
    if (a !== null && a !== undefined && a !== b) found.add(field);
  };
  compareDcs(before, after, found, compare);
  compareUser(before, after, compare);
  compareState(before, after, compare);
  comparePeers(before, after, found, compare);
  for (const name of ['takeoutId', 'phone', 'apiId', 'mainDc'] as const) {
    compare(name, before[name], after[name]);
  }
  // Nobody takes a session for one of the test servers without being told.
  if (before.testMode !== true) expect(after.testMode === true && before.testMode === false).toBe(false);
  else compare('testMode', true, after.testMode);
  // Without the main one it says no more than the user does.
  if (before.usernames.length > 1) {
    compare('usernames', JSON.stringify(before.usernames), JSON.stringify(after.usernames));
  }
  if (before.mediaDc !== null && after.mediaDc === null) found.add('mediaDc');
  for (const name of ['id', 'ipv4Addr', 'ipv6Addr', 'mediaOnly'] as const) {
    if (after.mediaDc !== null) compare(`mediaDc.${name}`, before.mediaDc?.[name], after.mediaDc[name]);
  }
  compare('keysToDestroy', keysOf(before), keysOf(after));
  const kept = after.session.dcs.filter(({ auth }) => auth !== null).map(({ id }) => id);
  compare('authorizedDcs', notAuthorized(before, kept), notAuthorized(after, kept));
  return [...found].sort();
}

function compareDcs(before: Snapshot, after: Snapshot, found: Set<string>, compare: Compare): void {
  before.session.dcs.forEach((dc, i) => {
    const again = after.session.dcs.find(({ id }) => id === dc.id);
    if (again === undefined) {
      found.add(`session.dcs[${i}]`);
      return;
    }
    compare(`session.dcs[${i}].auth`, dc.authKeyId, again.authKeyId);
    if (dc.auth === null) expect(again.auth).toBeNull();
    compare(`session.dcs[${i}].ipv4Addr`, dc.ipv4Addr, again.ipv4Addr);
    compare(`session.dcs[${i}].ipv6Addr`, canonical(dc.ipv6Addr), canonical(again.ipv6Addr));
  });
  const known = new Set(before.session.dcs.map(({ id }) => id));
  expect(after.session.dcs.filter(({ id }) => !known.has(id))).toEqual([]);
}

/** IPv6 addresses are the same however they are written. */
function canonical(address: string | null): string | null {
  const parts = address === null ? null : splitAddress(address);
  return parts && `${ipv6Bytes(parts.ip).join('.')}:${parts.port}`;
}

function compareUser(
  { session: { user } }: Snapshot,
  { session, loggedIn }: Snapshot,
  compare: Compare,
): void {
  const again = session.user;
  compare('session.user', user?.id, again?.id);
  if (user === null) expect(again).toBeNull();
  if (again === null) return;
  compare('session.user.bot', user?.bot, again.bot);
  compare('session.user.dc', user?.dc, again.dc);
  compare('session.user.username', user?.username, again.username);
  expect(loggedIn).toBe(true);
}

function compareState(before: Snapshot, after: Snapshot, compare: Compare): void {
  const { state } = before.session;
  const again = after.session.state;
  if (state === null || again === null) {
    compare('session.state', state, again);
    expect(again).toBeNull();
    return;
  }
  for (const name of ['pts', 'qts', 'date', 'seq'] as const) {
    compare(`session.state.${name}`, state[name], again[name]);
  }
  compare('session.state.channels', again.with({ ...state, channels: again.channels }).equals(state), true);
  // Those that are left are right.
  const channels = new Map(state.channels.map(({ id, pts }) => [id, pts]));
  for (const { id, pts } of again.channels) expect(channels.get(id)).toBe(pts);
}

/** How many peers differ in each field; those that are left out count as `peers`. */
export function peerDifferences(before: Snapshot, after: Snapshot): Map<string, number> {
  const counts = new Map<string, number>();
  const { user } = before.session;
  const again = new Map([...after.peers].map((peer) => [byKindAndId(peer), peer]));
  for (const peer of before.peers) {
    const read = again.get(byKindAndId(peer));
    const compare: Compare = (field, a, b) => {
      if (a !== null && a !== undefined && a !== b) counts.set(field, (counts.get(field) ?? 0) + 1);
    };
    if (read === undefined) {
      compare('peers', true, false);
      continue;
    }
    // A small group needs none; and 0 is written where there is none.
    if (peer.kind !== 'chat') compare('peers.accessHash', peer.accessHash || null, read.accessHash);
    compare('peers.name', peer.name, read.name);
    // Not known is not the same as in 1970.
    compare('peers.seen', String(peer.seen), String(read.seen));
    compare('peers.type', peer.bot, read.bot);
    compare('peers.type', peer.megagroup, read.megagroup);
    // Of the account itself, some formats write what the session says of it too.
    const isOwn = peer.kind === 'user' && peer.id === user?.id;
    const whole = isOwn ? withOwn(peer, user.username, before.phone) : peer;
    const usernames = JSON.stringify(read.usernames);
    const isSame = [peer, whole].some((one) => JSON.stringify(one.usernames) === usernames);
    compare('peers.usernames', true, isSame);
    if (read.phone !== whole.phone) compare('peers.phone', peer.phone, read.phone);
  }
  return counts;
}

function comparePeers(before: Snapshot, after: Snapshot, found: Set<string>, compare: Compare): void {
  for (const field of peerDifferences(before, after).keys()) found.add(field);
  const known = new Set([...before.peers].map(byKindAndId));
  for (const peer of after.peers) compare('a peer from nowhere', true, known.has(byKindAndId(peer)));
}

function keysOf({ keysToDestroy }: Snapshot): string | null {
  if (keysToDestroy.length === 0) return null;
  return keysToDestroy.map(({ id, authKeyId }) => `${id} ${authKeyId}`).join();
}

/** The data centres whose keys are kept, and are not logged in; who does not know, takes all for logged in. */
function notAuthorized({ session, authorizedDcs }: Snapshot, kept: readonly number[]): string | null {
  if (authorizedDcs === null) return null;
  const ids = session.dcs
    .filter(({ id, auth }) => auth !== null && !authorizedDcs.includes(id))
    .map(({ id }) => id);
  const left = ids.filter((id) => kept.includes(id)).sort((a, b) => a - b);
  return left.length === 0 ? null : left.join();
}

/** How many things the losses of a field speak of; null where one of them says no number. */
export function countOf(losses: readonly Loss[], field: string): number | null {
  const counts = losses.filter((loss) => loss.field === field).map(({ message }) => /\d+/.exec(message)?.[0]);
  return counts.includes(undefined) ? null : counts.reduce((sum, count) => sum + Number(count), 0);
}

/** Whether the account itself is among the peers. */
export function hasOwnPeer({ session: { user }, peers }: Snapshot): boolean {
  return [...peers].some(({ kind, id }) => kind === 'user' && id === user?.id);
}
