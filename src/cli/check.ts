/** `tgsession check`: whether Telegram still knows a session. */

import { statSync } from 'node:fs';
import { type ReadResult, type Snapshot, snapshotOf } from '../formats/index.ts';
import { Session } from '../session.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { refuseHeld } from '../sqlite/hold.ts';
import { SqliteSession } from '../sqlite/index.ts';
import { realPath } from '../sqlite/path.ts';
import type { StatusStore } from '../status.ts';
import type { Storage } from '../storage.ts';
import { COMMON_OPTIONS, type Command, UsageError, type Values } from './command.ts';
import { withContents } from './contents.ts';
import { numberOf, READ_HELP, READ_OPTIONS, readOptionsOf } from './options.ts';
import { json, line, plain, style } from './print.ts';
import { readAsking } from './reading.ts';
import { sourceOf } from './source.ts';
import { placeText, refuseStoreWithoutName, STORE_DETAILS, withStoredSession } from './store/place.ts';
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

const LABEL = 'tgsession check';

/** What is checked: a path, or a session of a store. */
type Place =
  | { path: string; format: string; store: null; name: null }
  | { path: null; format: null; store: string; name: string };

/** The answer for one account. */
interface Checked {
  account: Snapshot['account'];
  answer: Answer;
  /** Whether the answer was kept in the file. */
  kept: boolean;
}

export const check: Command = {
  usage: 'check <path|-|store> [name]',
  summary: 'ask Telegram whether a session is still good',
  details: `Connects once, with the session, and asks who is logged in. A session that is in
use is left alone: a key that is used from two places is destroyed, so stop a
client on another machine first. The answer is kept in a session file of ours,
where "inspect" and "doctor" show it; nothing else changes, and no other file is
written. Needs mtcute: npm install @mtcute/node

With a name it is a session of a store, where the answer becomes its status: ok
or dead. ${STORE_DETAILS}

Exit codes: 0 alive, 3 revoked, 4 duplicated, 5 unreachable, and 1 if it could
not be asked.`,
  options: { ...COMMON_OPTIONS, ...READ_OPTIONS, timeout: { type: 'string' } },
  optionHelp: {
    ...READ_HELP,
    timeout: `how many seconds it may take, ${LIMIT} by default`,
    json: 'print one JSON object',
  },
  arguments: [1, 2],
  async run([argument, name], values) {
    const limit = (numberOf(values, 'timeout', 1, MAX_LIMIT) ?? LIMIT) * 1000;
    const checks = name === undefined ? await checksOf(argument!, values) : inStore(argument!, name, values);
    const network = testNetwork();
    const mtcute = await loadMtcute();
    return untilStopped(async (signal) => {
      const { place, checked } = await checks({ mtcute, network, limit, signal });
      report(place, checked, values.json === true);
      const [, code] = EXIT_CODES.find(([status]) => checked.some(({ answer }) => answer.status === status))!;
      return code;
    });
  },
};

/** What is asked about, once mtcute is there. */
type Checks = (ask: AskOptions) => Promise<{ place: Place; checked: Checked[] }>;

/** A path, or standard input. What cannot be read is said before anything else is done. */
async function checksOf(argument: string, values: Values): Promise<Checks> {
  refuseStoreWithoutName(argument, 'tgsession check <store> <name>');
  const options = readOptionsOf(values);
  const source = await sourceOf(argument);
  const path = 'path' in source ? String(source.path) : null;
  if (path !== null) await refuseIfHeld(path);
  const found = await withContents(path, () => readAsking(source, options));
  const place: Place = { path: path ?? 'standard input', format: found.format, store: null, name: null };
  const isOwn = path !== null && found.format === OWN_FORMAT;
  return async (ask) => ({
    place,
    checked: isOwn ? await checkOwn(path, found, ask) : await checkOthers(found, ask),
  });
}

/** A session of a store. */
function inStore(argument: string, name: string, values: Values): Checks {
  const option = Object.keys(READ_OPTIONS).find((each) => values[each] !== undefined);
  if (option !== undefined)
    throw new UsageError(`A session of a store has nothing that --${option} could mean.`);
  return (ask) =>
    withStoredSession(argument, name, LABEL, async ({ store, storage, session }) => ({
      place: { path: null, format: null, store: placeText(store), name },
      checked: [await checkHeld(storage, snapshotOf(session), null, ask)],
    }));
}

/** A session file of ours: held while it is asked about, and the answer is kept in it. */
async function checkOwn(path: string, found: ReadResult, ask: AskOptions): Promise<Checked[]> {
  const storage = new SqliteSession(path, { label: LABEL });
  try {
    const session = (await storage.load()) ?? new Session();
    const { testMode, account } = found.snapshots[0]!;
    return [await checkHeld(storage, snapshotOf(session, { testMode }), account, ask)];
  } finally {
    await storage.close();
  }
}

/** A session that is ours. Once it is not any more, its key is not used further. */
async function checkHeld(
  { held, status }: Storage,
  snapshot: Snapshot,
  account: Snapshot['account'],
  ask: AskOptions,
): Promise<Checked> {
  const signal = held === undefined ? ask.signal : AbortSignal.any([ask.signal, held]);
  const answer = await askServer(snapshot, { ...ask, signal });
  return { account, answer, kept: await keep(status, answer) };
}

/** That nobody can be reached says nothing of the session. */
async function keep(
  store: StatusStore | undefined,
  { status, reason, keyId, userId, dc, at }: Answer,
): Promise<boolean> {
  if (status === 'unreachable' || store === undefined) return false;
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

function report(place: Place, checked: readonly Checked[], asJson: boolean): void {
  if (asJson) {
    const sessions = checked.map(({ account, answer, kept }) => ({
      account,
      ...answer,
      at: answer.at.toISOString(),
      kept,
    }));
    json({ ...place, sessions });
    return;
  }
  const where = place.path ?? `${place.name} in ${place.store}`;
  for (const { account, answer } of checked) {
    const which = checked.length > 1 ? `, account ${account?.index}` : '';
    const colour = answer.status === 'alive' ? 'green' : 'red';
    line(
      `${style('bold', plain(where))}${which}  ${style(colour, answer.status)}  ${plain(explained(answer))}`,
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
