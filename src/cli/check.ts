/** `tgsession check`: whether Telegram still knows a session. */

import { statSync } from 'node:fs';
import { type ReadResult, type Snapshot, snapshotOf } from '../formats/index.ts';
import { Session } from '../session.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { refuseHeld } from '../sqlite/hold.ts';
import { SqliteSession } from '../sqlite/index.ts';
import { realPath } from '../sqlite/path.ts';
import type { StatusStore } from '../status.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { withContents } from './contents.ts';
import { numberOf, READ_HELP, READ_OPTIONS, readOptionsOf } from './options.ts';
import { json, line, plain, style } from './print.ts';
import { readAsking } from './reading.ts';
import { sourceOf } from './source.ts';
import { type Answer, type AskOptions, askServer, UNKNOWN_KEY } from './telegram/ask-server.ts';
import { loadMtcute } from './telegram/mtcute.ts';
import { untilStopped } from './telegram/stop.ts';
import { OWN_FORMAT } from './telegram/target.ts';
import { testNetwork } from './telegram/test-dc.ts';

/** The exit code of each answer; of several accounts the worst one, in this order. */
const EXIT_CODES: readonly [Answer['status'], number][] = [
  ['duplicated', 4],
  ['revoked', 3],
  ['unreachable', 5],
  ['alive', 0],
];
/** How long the server may take, in seconds. */
const LIMIT = 15;
const MAX_LIMIT = 600;

/** The answer for one account. */
interface Checked {
  account: Snapshot['account'];
  answer: Answer;
  /** Whether the answer was kept in the file. */
  kept: boolean;
}

export const check: Command = {
  usage: 'check <path|->',
  summary: 'ask Telegram whether a session is still good',
  details: `Connects once, with the session, and asks who is logged in. A session that is in
use is left alone: a key that is used from two places is destroyed, so stop a
client on another machine first. The answer is kept in a session file of ours,
where "inspect" and "doctor" show it; nothing else changes, and no other file is
written. Needs mtcute: npm install @mtcute/node

Exit codes: 0 alive, 3 revoked, 4 duplicated, 5 unreachable, and 1 if it could
not be asked.`,
  options: { ...COMMON_OPTIONS, ...READ_OPTIONS, timeout: { type: 'string' } },
  optionHelp: {
    ...READ_HELP,
    timeout: `how many seconds it may take, ${LIMIT} by default`,
    json: 'print one JSON object',
  },
  arguments: 1,
  async run([argument], values) {
    const options = readOptionsOf(values);
    const limit = (numberOf(values, 'timeout', 1, MAX_LIMIT) ?? LIMIT) * 1000;
    const source = await sourceOf(argument!);
    const path = 'path' in source ? String(source.path) : null;
    if (path !== null) await refuseIfHeld(path);
    const found = await withContents(path, () => readAsking(source, options));
    const network = testNetwork();
    const mtcute = await loadMtcute();
    return untilStopped(async (signal) => {
      const ask: AskOptions = { mtcute, network, limit, signal };
      const checked =
        path !== null && found.format === OWN_FORMAT
          ? await checkOwn(path, found, ask)
          : await checkOthers(found, ask);
      report(path ?? 'standard input', found.format, checked, values.json === true);
      const [, code] = EXIT_CODES.find(([status]) => checked.some(({ answer }) => answer.status === status))!;
      return code;
    });
  },
};

/** A session file of ours: held while it is asked about, and the answer is kept in it. */
async function checkOwn(path: string, found: ReadResult, ask: AskOptions): Promise<Checked[]> {
  const storage = new SqliteSession(path, { label: 'tgsession check' });
  try {
    const session = (await storage.load()) ?? new Session();
    const { testMode, account } = found.snapshots[0]!;
    const answer = await askServer(snapshotOf(session, { testMode }), ask);
    return [{ account, answer, kept: await keep(storage.status, answer) }];
  } finally {
    await storage.close();
  }
}

/** That nobody can be reached says nothing of the session. */
async function keep(store: StatusStore, { status, reason, keyId, userId, dc, at }: Answer): Promise<boolean> {
  if (status === 'unreachable') return false;
  await store.put({ status, reason, keyId, userId, dc, at });
  return true;
}

/** Any other session: read, and not written. */
async function checkOthers({ snapshots }: ReadResult, ask: AskOptions): Promise<Checked[]> {
  const checked: Checked[] = [];
  for (const snapshot of snapshots) {
    const { account } = snapshot;
    checked.push({ account, answer: await askServer(snapshot, ask), kept: false });
  }
  return checked;
}

/** @throws SessionError `HELD` */
async function refuseIfHeld(path: string): Promise<void> {
  if (statSync(path, { throwIfNoEntry: false })?.isFile() !== true) return;
  refuseHeld(await sqlDriver(), realPath(path));
}

function report(path: string, format: string, checked: readonly Checked[], asJson: boolean): void {
  if (asJson) {
    const sessions = checked.map(({ account, answer, kept }) => ({
      account,
      ...answer,
      at: answer.at.toISOString(),
      kept,
    }));
    json({ path, format, sessions });
    return;
  }
  for (const { account, answer } of checked) {
    const which = checked.length > 1 ? `, account ${account?.index}` : '';
    const colour = answer.status === 'alive' ? 'green' : 'red';
    line(
      `${style('bold', plain(path))}${which}  ${style(colour, answer.status)}  ${plain(explained(answer))}`,
    );
  }
}

function explained({ status, reason, user, dc }: Answer): string {
  if (status === 'alive') {
    const { id, bot, username } = user!;
    return `${bot ? 'bot' : 'user'} ${id}${username === null ? '' : ` @${username}`}, data centre ${dc}`;
  }
  if (status === 'unreachable') return reason!;
  if (status === 'duplicated')
    return `two clients used the key at once, and it is dead (${reason}). A new login is needed.`;
  if (reason === UNKNOWN_KEY) {
    return `data centre ${dc} does not know the key (${reason}). It says so of sound keys as well now and then: check again before you give it up.`;
  }
  return `nobody is logged in with it, or not any more (${reason}). A new login is needed.`;
}
