/** What `inspect` shows of a session, as JSON for programs. For people see print-view.ts. */

import { createHash } from 'node:crypto';
import type { JsonValue, ReadResult, Snapshot } from '../formats/index.ts';
import type { DataCenter } from '../session.ts';
import { plain } from './print.ts';

/** The object that `inspect --json` prints. Documented in docs/cli.md; fields are only ever added. */
export function viewOf(read: ReadResult, showSecrets: boolean) {
  return {
    format: read.format,
    version: read.version,
    sessions: read.snapshots.map((snapshot) => sessionView(snapshot, showSecrets)),
    notes: notesOf(read.snapshots),
  };
}

/** What was assumed, each once: what holds for all of a folder is in the notes of every account. */
export function notesOf(snapshots: readonly Snapshot[]): string[] {
  return [...new Set(snapshots.flatMap(({ notes }) => notes))];
}

function sessionView(snapshot: Snapshot, showSecrets: boolean) {
  const { session, account, mediaDc, takeoutId, peers, extra } = snapshot;
  const { user, state } = session;
  return {
    dcs: session.dcs.map((dc) => dcView(dc, showSecrets)),
    user: user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username },
    state: state && {
      pts: state.pts,
      qts: state.qts,
      date: state.date,
      seq: state.seq,
      channels: state.channels.map(({ id, pts }) => ({ id, pts })),
    },
    extra: extra as Record<string, JsonValue>,
    account: account && { index: account.index, active: account.active },
    fork: snapshot.origin.fork ?? null,
    loggedIn: snapshot.loggedIn,
    botKnown: snapshot.botKnown,
    mainDc: snapshot.mainDc,
    mediaDc: mediaDc && { ...mediaDc },
    authorizedDcs: snapshot.authorizedDcs && [...snapshot.authorizedDcs],
    keysToDestroy: snapshot.keysToDestroy.map((dc) => dcView(dc, showSecrets)),
    testMode: snapshot.testMode,
    apiId: snapshot.apiId,
    phone: snapshot.phone,
    usernames: [...snapshot.usernames],
    // 64 bits, so as text.
    takeoutId: takeoutId === null ? null : `${takeoutId}`,
    peerCount: peers.length,
  };
}

function dcView({ id, ipv4Addr, ipv6Addr, auth }: DataCenter, showSecrets: boolean) {
  const authSha256 = auth && createHash('sha256').update(auth).digest('hex');
  const secret = showSecrets ? { auth: auth && Buffer.from(auth).toString('hex') } : {};
  return { id, ipv4Addr, ipv6Addr, authSha256, ...secret };
}

/** An account of several in one line: its number, and who it is. */
export function accountText({ account, session: { user }, loggedIn }: Snapshot, i: number): string {
  const name = user?.username;
  const who = user === null ? whyNoUser(loggedIn) : `user ${user.id}${name ? ` @${plain(name)}` : ''}`;
  return `${account?.index ?? i}: ${who}${account?.active ? ', the active one' : ''}`;
}

/** What it means that there is no user. */
export function whyNoUser(loggedIn: boolean | null): string {
  return loggedIn === false ? 'not logged in' : 'not known';
}
