/** Copying one session from a store to another, and looking whether it arrived. */

import { createHash } from 'node:crypto';
import { SessionError } from '../../errors.ts';
import type { PeerStore } from '../../peers.ts';
import type { Session } from '../../session.ts';
import type { SessionInfo, SessionStore, StoredSession } from '../../stores/store.ts';
import { peerPages } from '../peer-pages.ts';

/** `there`: it was all there already. `gone`: the source has it no more. */
export type Copied = 'copied' | 'there' | 'gone';

/** What the holder of a session that is being copied calls itself. */
export const COPIER = 'tgsession copy';

/** How a session is copied. */
export interface CopyOptions {
  /** Replace another session that is there. */
  force: boolean;
  /** How long to wait for whoever holds it, in milliseconds, and what ends that wait; null not to wait. */
  wait: { ms: number; signal: AbortSignal } | null;
}

/**
 * Copies a session with its peers, what is aside, its status and what is noted. It is held in both stores meanwhile. What is
 * there already of the same session is completed; another session is replaced only with `force`.
 *
 * @throws SessionError `HELD`, `ABORTED`, `EXISTS`, `DAMAGED` (it reads back otherwise), and what the stores throw
 */
export async function copyOne(
  from: SessionStore,
  to: SessionStore,
  name: string,
  { force, wait }: CopyOptions,
): Promise<Copied> {
  const options = { dead: true, label: COPIER, ...(wait && { wait: wait.ms, signal: wait.signal }) };
  const source = from.session(name, options);
  try {
    const session = await source.load();
    const info = await from.info(name);
    if (session === null || info === null) return 'gone';
    const target = to.session(name, options);
    try {
      const there = await target.load();
      if (there !== null && !there.equals(session) && !force) {
        throw new SessionError(
          'EXISTS',
          `There is another session ${name} in ${to}: it was changed there, or here since it was copied. With --force it is replaced.`,
        );
      }
      if (there?.equals(session) && (await isComplete(source, target, info, await to.info(name)))) {
        return 'there';
      }
      await target.save(session);
      // First what keeps a dead session from being used.
      await copyNotes(to, info);
      await copyPeers(source.peers, target.peers);
      await copyAside(source, target);
      await verify(source, target, session, { info, to });
      return 'copied';
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyNotes(to: SessionStore, { name, status, reason, label, tags, phone }: SessionInfo) {
  const there = await to.info(name);
  if (there?.status !== status || there.reason !== reason) await to.setStatus(name, status, reason);
  if (label !== null || tags.length > 0 || phone !== null || (there !== null && hasDetails(there))) {
    await to.describe(name, { label, tags, phone });
  }
}

function hasDetails({ label, tags, phone }: SessionInfo): boolean {
  return label !== null || tags.length > 0 || phone !== null;
}

async function copyPeers(from: PeerStore | undefined, to: PeerStore | undefined): Promise<void> {
  if (from === undefined || to === undefined) return;
  for await (const page of peerPages(from)) await to.put(page);
}

async function copyAside(source: StoredSession, target: StoredSession): Promise<void> {
  for (const { id, reason } of (await source.aside?.list()) ?? []) {
    const session = await source.aside!.get(id);
    if (session !== null) await target.aside?.put(session, reason);
  }
}

async function verify(
  source: StoredSession,
  target: StoredSession,
  session: Session,
  { info, to }: { info: SessionInfo; to: SessionStore },
): Promise<void> {
  const back = await target.load();
  if (back?.equals(session) && (await isComplete(source, target, info, await to.info(info.name)))) return;
  throw new SessionError(
    'DAMAGED',
    `The session ${info.name} reads back from ${to} as something else than was written. Keep the source.`,
  );
}

/** Whether all that belongs to a session is in both. */
async function isComplete(
  source: StoredSession,
  target: StoredSession,
  from: SessionInfo,
  to: SessionInfo | null,
): Promise<boolean> {
  if (to === null || notesText(from) !== notesText(to)) return false;
  if (source.peers && target.peers && (await digestOf(source.peers)) !== (await digestOf(target.peers))) {
    return false;
  }
  return source.aside === undefined || (await asideText(source)) === (await asideText(target));
}

function notesText({ status, reason, label, tags, phone }: SessionInfo): string {
  return JSON.stringify([status, reason, label, tags, phone]);
}

async function asideText({ aside }: StoredSession): Promise<string> {
  const entries = (await aside?.list()) ?? [];
  return JSON.stringify(entries.map(({ keyId, userId, reason }) => [keyId, userId, reason]).sort());
}

/** A sum over all peers that does not depend on their order, which is each store's own. */
async function digestOf(peers: PeerStore): Promise<string> {
  const sum = new Uint8Array(32);
  let count = 0;
  for await (const page of peerPages(peers)) {
    for (const peer of page) {
      count++;
      const text = JSON.stringify(Object.entries(peer).sort(), (_, value) =>
        typeof value === 'bigint' ? `${value}` : value,
      );
      for (const [i, byte] of createHash('sha256').update(text).digest().entries()) sum[i]! ^= byte;
    }
  }
  return `${count} ${Buffer.from(sum).toString('hex')}`;
}
