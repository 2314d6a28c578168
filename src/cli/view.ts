/** What `inspect` shows of a session: as JSON for programs, aligned for people. */

import { createHash } from 'node:crypto';
import type { JsonValue, ReadResult, Snapshot } from '../formats/index.ts';
import type { DataCenter, Session } from '../session.ts';
import { line, list, plain, style, table } from './print.ts';

/** The object that `inspect --json` prints. Documented in docs/cli.md; fields are only ever added. */
export function viewOf(read: ReadResult, showSecrets: boolean) {
  return {
    format: read.format,
    version: read.version,
    sessions: read.snapshots.map((snapshot) => sessionView(snapshot, showSecrets)),
    notes: read.snapshots.flatMap((snapshot) => snapshot.notes),
  };
}

function sessionView({ session, extra }: Snapshot, showSecrets: boolean) {
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
  };
}

function dcView({ id, ipv4Addr, ipv6Addr, auth }: DataCenter, showSecrets: boolean) {
  const authSha256 = auth && createHash('sha256').update(auth).digest('hex');
  const secret = showSecrets ? { auth: auth && Buffer.from(auth).toString('hex') } : {};
  return { id, ipv4Addr, ipv6Addr, authSha256, ...secret };
}

/** Prints what was read, for people. */
export function printView(label: string, read: ReadResult, showSecrets: boolean): void {
  const version = read.version === null ? '' : `, version ${read.version}`;
  line(`${style('bold', plain(label))}  ${read.format}${version}`);
  for (const [i, snapshot] of read.snapshots.entries()) {
    line();
    if (read.snapshots.length > 1) line(style('bold', `account ${i}`));
    printSession(snapshot.session, showSecrets);
    printBeside(snapshot);
  }
  list(
    'Assumed',
    read.snapshots.flatMap((snapshot) => snapshot.notes),
  );
}

function printSession({ dcs, user, state }: Session, showSecrets: boolean): void {
  fact(
    'user',
    user === null
      ? 'not known'
      : [user.id, user.username && `@${plain(user.username)}`, user.bot && 'bot', `home dc ${user.dc}`],
  );
  fact(
    'updates',
    state === null
      ? 'no state'
      : [
          `pts ${state.pts}`,
          `qts ${state.qts}`,
          `seq ${state.seq}`,
          dateOf(state.date),
          `${state.channels.length} channels`,
        ],
  );
  line();
  if (dcs.length === 0) {
    line('  no data centres');
    return;
  }
  const rows = dcs.map((dc) => [`${dc.id}`, dc.ipv4Addr ?? '-', dc.ipv6Addr ?? '-', dc.authKeyId ?? '-']);
  table([['dc', 'IPv4', 'IPv6', 'auth key id'], ...rows], (cell, column) =>
    column === 3 && cell !== '-' ? style('green', cell) : cell,
  );
  if (!showSecrets) return;
  line();
  for (const dc of dcs)
    if (dc.auth !== null) line(`  key of dc ${dc.id}: ${Buffer.from(dc.auth).toString('hex')}`);
}

function printBeside({ peers, takeoutId, apiId, phone, testMode }: Snapshot): void {
  const facts: [string, string | null][] = [
    ['peers', peers.length === 0 ? null : `${peers.length}`],
    ['takeout', takeoutId === null ? null : `${takeoutId}`],
    ['api id', apiId === null ? null : `${apiId}`],
    ['phone', phone],
    ['servers', testMode === null ? null : testMode ? 'test' : 'production'],
  ];
  const known = facts.filter((pair): pair is [string, string] => pair[1] !== null);
  if (known.length > 0) line();
  for (const [name, value] of known) fact(name, plain(value));
}

function fact(name: string, value: string | (string | number | false | null)[]): void {
  const text = Array.isArray(value)
    ? value.filter((part) => part !== false && part !== null).join('  ')
    : value;
  line(`  ${style('dim', name.padEnd(8))}  ${text}`);
}

function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (seconds === 0 || Number.isNaN(date.getTime())) return `date ${seconds}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
