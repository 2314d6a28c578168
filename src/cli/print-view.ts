/** What `inspect` shows of a session, aligned for people. */

import type { ReadResult, Snapshot } from '../formats/index.ts';
import type { User } from '../session.ts';
import { keptAside, lastStatus } from './beside.ts';
import { line, list, plain, style, table } from './print.ts';
import { notesOf, whyNoUser } from './view.ts';

/** Prints what was read. */
export function printView(label: string, read: ReadResult, showSecrets: boolean): void {
  const { format, version, snapshots } = read;
  const count = snapshots.length > 1 ? `, ${snapshots.length} accounts` : '';
  line(`${style('bold', plain(label))}  ${format}${version === null ? '' : `, version ${version}`}${count}`);
  for (const [i, snapshot] of snapshots.entries()) {
    line();
    const { account } = snapshot;
    if (account !== null || snapshots.length > 1) {
      const active = account?.active ? style('green', '  active') : '';
      line(`${style('bold', `account ${account?.index ?? i}`)}${active}`);
    }
    printWho(snapshot);
    printDataCenters(snapshot, showSecrets);
    printBeside(snapshot);
    printKept(snapshot);
  }
  list('Assumed', notesOf(snapshots));
}

function printWho({ session: { user, state }, loggedIn, botKnown, usernames, mainDc }: Snapshot): void {
  if (user === null) fact('user', [whyNoUser(loggedIn), mainDc !== null && `main dc ${mainDc}`]);
  else {
    const bot = botKnown ? user.bot && 'bot' : 'bot or not: not known';
    const loggedOut = loggedIn === false && 'logged out';
    fact('user', [user.id, namesOf(user, usernames), bot, `home dc ${user.dc}`, loggedOut]);
  }
  if (state === null) fact('updates', ['no state']);
  else {
    const { pts, qts, seq, date, channels } = state;
    const count = channels.length === 1 ? '1 channel' : `${channels.length} channels`;
    fact('updates', [`pts ${pts}`, `qts ${qts}`, `seq ${seq}`, dateOf(date), count]);
  }
}

/** The main username, and the others where they are known. */
function namesOf({ username }: User, usernames: readonly string[]): string | null {
  const names = usernames.length > 0 ? usernames : username === null ? [] : [username];
  return names.length === 0 ? null : names.map((name) => `@${plain(name)}`).join(' ');
}

function printDataCenters({ session: { dcs }, authorizedDcs }: Snapshot, showSecrets: boolean): void {
  line();
  if (dcs.length === 0) {
    line('  no data centres');
    return;
  }
  const known = authorizedDcs !== null;
  const rows = dcs.map(({ id, ipv4Addr, ipv6Addr, authKeyId }) => {
    const isIn =
      known && authKeyId !== null ? [authorizedDcs.includes(id) ? 'yes' : 'no'] : known ? ['-'] : [];
    return [`${id}`, ipv4Addr ?? '-', ipv6Addr ?? '-', authKeyId ?? '-', ...isIn];
  });
  table([['dc', 'IPv4', 'IPv6', 'auth key id', ...(known ? ['logged in'] : [])], ...rows], (cell, column) =>
    column === 3 && cell !== '-' && cell !== '' ? style('green', cell) : cell,
  );
  if (!showSecrets) return;
  line();
  for (const { id, auth } of dcs)
    if (auth !== null) line(`  key of dc ${id}: ${Buffer.from(auth).toString('hex')}`);
}

function printBeside(snapshot: Snapshot): void {
  const { peers, takeoutId, apiId, phone, testMode, mediaDc, keysToDestroy, origin } = snapshot;
  const facts: [string, string | null][] = [
    ['fork', origin.fork ?? null],
    ['peers', peers.length === 0 ? null : `${peers.length}`],
    ['takeout', takeoutId === null ? null : `${takeoutId}`],
    ['api id', apiId === null ? null : `${apiId}`],
    ['phone', phone],
    ['servers', testMode === null ? null : testMode ? 'test' : 'production'],
    ['files', mediaDc === null ? null : `dc ${mediaDc.id}`],
    ['old keys', keysToDestroy.length === 0 ? null : `${keysToDestroy.length} to be logged out`],
  ];
  const known = facts.filter((pair): pair is [string, string] => pair[1] !== null);
  if (known.length > 0) line();
  for (const [name, value] of known) fact(name, [plain(value)]);
}

function printKept(snapshot: Snapshot): void {
  const status = lastStatus(snapshot);
  const aside = keptAside(snapshot);
  if (status === null && aside.length === 0) return;
  line();
  if (status !== null) fact('check', [status.status, status.reason, status.at]);
  for (const { reason, since, keyId, userId } of aside) {
    fact('aside', [
      userId === null ? 'no user' : `user ${userId}`,
      keyId === null ? 'no key' : `key ${keyId}`,
      plain(reason),
      since,
    ]);
  }
}

function fact(name: string, parts: (string | number | false | null)[]): void {
  const text = parts.filter((part) => part !== false && part !== null).join('  ');
  line(`  ${style('dim', name.padEnd(8))}  ${text}`);
}

function dateOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  if (seconds === 0 || Number.isNaN(date.getTime())) return `date ${seconds}`;
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
