/** Snapshots as plain values, to be compared to the last bit. */

import type { Snapshot } from '../../src/formats/index.ts';
import type { DataCenter } from '../../src/session.ts';
import { sha256 } from './sha256.ts';

const plainDc = ({ id, ipv4Addr, ipv6Addr, auth }: DataCenter) => ({
  id,
  ipv4Addr,
  ipv6Addr,
  auth: auth && sha256(auth),
});

/** All of a snapshot, whatever fields it has; keys by their hash. */
export function plainSnapshot(snapshot: Snapshot) {
  const { session, keysToDestroy, peers, ...fields } = snapshot;
  const { user, state } = session;
  return structuredClone({
    ...fields,
    dcs: session.dcs.map(plainDc),
    user: user && { ...user },
    state: state && { ...state, channels: state.channels.map((channel) => ({ ...channel })) },
    keysToDestroy: keysToDestroy.map(plainDc),
    peers: [...peers],
    peerCount: peers.length,
  });
}
