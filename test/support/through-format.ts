/** Writing any snapshot in a format and reading it again: equal, but for exactly what was reported as lost. */

import fc from 'fast-check';
import { expect } from 'vitest';
import { SessionError } from '../../src/errors.ts';
import { type MediaDc, read, type Snapshot, write } from '../../src/formats/index.ts';
import { withOwn } from '../../src/formats/peer-values.ts';
import type { Peer } from '../../src/peers.ts';
import type { ChannelState } from '../../src/session.ts';
import * as arbitrary from './arbitraries.ts';
import { anySnapshot } from './arbitrary.ts';

const anyMediaDc: fc.Arbitrary<MediaDc> = fc.record({
  id: fc.oneof(fc.integer({ min: 1, max: 255 }), arbitrary.dcId),
  ipv4Addr: fc.option(arbitrary.ipv4Addr),
  ipv6Addr: fc.option(arbitrary.ipv6Addr),
  mediaOnly: fc.boolean(),
});

/** Any snapshot, with a media data centre or without. */
const anySnapshotWithMedia = fc
  .tuple(anySnapshot, fc.option(anyMediaDc))
  .map(([snapshot, mediaDc]) => ({ ...snapshot, mediaDc }));

/** What reading must give of a snapshot: all, but for the losses; peers are compared apart. */
function without(
  snapshot: Snapshot,
  lost: ReadonlySet<string>,
  written: { notes: string[] },
  keepsChannel: (channel: ChannelState) => boolean,
) {
  const { session, mediaDc, ...fields } = snapshot;
  const { user, state } = session;
  const keep = <T>(field: string, value: T) => (lost.has(field) ? null : value);
  const filled = new Map(
    written.notes.flatMap((note) => {
      const [, id, address] = /^Data centre (\d+) .* usual one, (\S+),/.exec(note) ?? [];
      return address === undefined ? [] : [[Number(id), address]];
    }),
  );
  return {
    dcs: session.dcs.flatMap(({ id, ipv4Addr, ipv6Addr, authKeyId }, i) =>
      lost.has(`session.dcs[${i}]`)
        ? []
        : [
            {
              id,
              authKeyId: keep(`session.dcs[${i}].auth`, authKeyId),
              ipv4Addr: filled.get(id) ?? keep(`session.dcs[${i}].ipv4Addr`, ipv4Addr),
              ipv6Addr: keep(`session.dcs[${i}].ipv6Addr`, ipv6Addr),
            },
          ],
    ),
    user:
      user === null || lost.has('session.user')
        ? null
        : {
            id: user.id,
            dc: lost.has('session.user.dc') ? fields.mainDc : user.dc,
            bot: user.bot && !lost.has('session.user.bot'),
            username: keep('session.user.username', user.username),
          },
    state: keep(
      'session.state',
      state && {
        ...state,
        channels: state.channels
          .filter((channel) => !lost.has('session.state.channels') || keepsChannel(channel))
          .map((one) => ({ ...one })),
      },
    ),
    mainDc: keep('mainDc', fields.mainDc),
    takeoutId: keep('takeoutId', fields.takeoutId),
    phone: keep('phone', fields.phone),
    apiId: keep('apiId', fields.apiId),
    mediaDc: mediaDc && keep('mediaDc', { ...mediaDc, ipv6Addr: keep('mediaDc.ipv6Addr', mediaDc.ipv6Addr) }),
  };
}

/** For formats without addresses: what reading fills in where none was written is as good as none. */
function forgetFilled(found: ReturnType<typeof without>, expected: ReturnType<typeof without>): void {
  for (const dc of found.dcs) {
    const original = expected.dcs.find(({ id }) => id === dc.id);
    if (!original?.ipv4Addr) dc.ipv4Addr = null;
    if (!original?.ipv6Addr) dc.ipv6Addr = null;
  }
}

/** Which snapshots are tried, and what is special about the format. */
interface RoundTripOptions {
  snapshots?: fc.Arbitrary<Snapshot>;
  /** Version of the format to write. */
  version?: number;
  /** Whether it has no addresses, so that reading fills in the usual ones. */
  fillsAddresses?: boolean;
}

/** How many peers the losses of a field speak of. */
function countOf(losses: { field: string; message: string }[], field: string): number {
  return losses
    .filter((loss) => loss.field === field)
    .reduce((sum, { message }) => sum + Number(/\d+/.exec(message)![0]), 0);
}

/** Formats in which nothing but an address tells the test servers from others. */
const BY_ADDRESS_ONLY = ['gramjs-string', 'grammers-sqlite'];

const byKindAndId = ({ kind, id }: Peer) => `${kind} ${id}`;

/**
 * Tries many snapshots. Those that a format cannot hold at all must be refused with `CANNOT_HOLD`.
 *
 * @param keeps the largest `pts` of a channel that is kept where channels are reported as lost, or which channels are
 * @returns how many were written
 */
export async function expectRoundTrips(
  format: string,
  numRuns: number,
  keeps: number | ((channel: ChannelState) => boolean) = -1,
  { snapshots = anySnapshotWithMedia, version, fillsAddresses = false }: RoundTripOptions = {},
): Promise<number> {
  const keepsChannel = typeof keeps === 'number' ? ({ pts }: ChannelState) => pts <= keeps : keeps;
  let count = 0;
  await fc.assert(
    fc.asyncProperty(snapshots, async (snapshot) => {
      let written: Awaited<ReturnType<typeof write>>;
      try {
        written = await write([snapshot], format, version === undefined ? {} : { version });
      } catch (error) {
        if (error instanceof SessionError && error.code === 'CANNOT_HOLD') return;
        throw error;
      }
      count++;
      const { files, losses } = written;
      const only = files.get('');
      const result = await read(only === undefined ? { files } : { bytes: only }, { from: format });
      const again = result.snapshots[0]!;
      const lost = new Set(losses.map(({ field }) => field));
      const expected = without(snapshot, lost, written, keepsChannel);
      const found = without(again, new Set(), { notes: [] }, keepsChannel);
      if (fillsAddresses) forgetFilled(found, expected);
      const sorted = <T extends { dcs: { id: number }[]; state: { channels: { id: number }[] } | null }>(
        one: T,
      ) => {
        one.dcs.sort((a, b) => a.id - b.id);
        one.state?.channels.sort((a, b) => a.id - b.id);
        return one;
      };
      expect(sorted(found)).toEqual(sorted(expected));
      if (snapshot.testMode !== null && !lost.has('testMode') && !BY_ADDRESS_ONLY.includes(format)) {
        expect(again.testMode).toBe(snapshot.testMode);
      }
      if (snapshot.testMode === true && !lost.has('testMode')) expect(again.testMode).toBe(true);
      comparePeers(snapshot, again, losses);
    }),
    { numRuns },
  );
  return count;
}

function comparePeers(
  snapshot: Snapshot,
  again: Snapshot,
  losses: { field: string; message: string }[],
): void {
  expect(again.peers).toHaveLength(snapshot.peers.length - countOf(losses, 'peers'));
  const before = new Map([...snapshot.peers].map((peer) => [byKindAndId(peer), peer]));
  const differing: Record<string, number> = { usernames: 0, phone: 0, name: 0, seen: 0 };
  for (const peer of again.peers) {
    const original = before.get(byKindAndId(peer))!;
    if (peer.kind !== 'chat') expect(peer.accessHash).toBe(original.accessHash);
    // The account itself may have learnt what the session says of it.
    const isOwn = peer.kind === 'user' && peer.id === snapshot.session.user?.id;
    const whole = isOwn ? withOwn(original, snapshot.session.user!.username, snapshot.phone) : original;
    for (const field of Object.keys(differing)) {
      const [a, b, c] = [peer, original, whole].map((one) => JSON.stringify(one[field as keyof Peer]));
      if (a !== b && a !== c) differing[field]!++;
    }
  }
  // A loss may also be of a peer that was left out for another reason.
  for (const [field, number] of Object.entries(differing)) {
    expect({ [field]: number <= countOf(losses, `peers.${field}`) }).toEqual({ [field]: true });
  }
}
