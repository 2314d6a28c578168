/**
 * Peers: whom an account has met. Runs everywhere.
 *
 * @module
 */

export { fromMarkedId, type Peer, type PeerKey, type PeerStore, type Peers, toMarkedId } from '../peers.ts';
export { MemoryPeers, type MemoryPeersOptions } from './memory.ts';
