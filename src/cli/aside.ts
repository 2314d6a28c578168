/** `tgsession aside`: the sessions that are kept aside, and how one comes back into use. */

import { statSync } from 'node:fs';
import { type AsideEntry, bringBack } from '../aside.ts';
import { SessionError } from '../errors.ts';
import { SqliteSession } from '../sqlite/index.ts';
import type { Storage } from '../storage.ts';
import { COMMON_OPTIONS, type Command, UsageError } from './command.ts';
import { textOf } from './options.ts';
import { json, line, plain, style, table } from './print.ts';
import { pathOf } from './source.ts';
import {
  placeText,
  refuseStoreWithoutName,
  STORE_DETAILS,
  type TakenSession,
  withStoredSession,
} from './store/place.ts';

const LABEL = 'tgsession aside';

/** What is to be done with one that is aside. */
type Task = { kind: 'bring-back' | 'forget'; id: string } | null;

/** What a session has aside, and where it is. */
interface Shown {
  path: string | null;
  store: string | null;
  name: string | null;
  /** What was brought back. */
  broughtBack: AsideEntry | null;
  forgotten: AsideEntry | null;
  /** What is aside now. */
  aside: AsideEntry[];
}

export const aside: Command = {
  usage: 'aside <path|store> [name]',
  summary: 'list the sessions that are kept aside, and bring one back',
  details: `A session is kept aside with its key when a client gives it up though nobody
logged out, such as when the server did not know the key, and when another login
takes its place. --bring-back makes it the one in use again; what is in use now
is kept aside in its place. The session is held meanwhile: stop its client first.
No key is shown.

<path> is a session file of tgsession. With a name it is a session of a store.
${STORE_DETAILS}`,
  options: { ...COMMON_OPTIONS, 'bring-back': { type: 'string' }, forget: { type: 'string' } },
  optionHelp: {
    'bring-back': 'make this one, by its id, the session in use again',
    forget: 'remove this one for good, with its keys',
    json: 'print one JSON object',
  },
  arguments: [1, 2],
  async run([argument, name], values) {
    const task = taskOf(textOf(values, 'bring-back'), textOf(values, 'forget'));
    const shown = name === undefined ? await inFile(argument!, task) : await inStore(argument!, name, task);
    if (values.json) json(shown);
    else report(shown);
    return 0;
  },
};

function taskOf(back: string | undefined, forget: string | undefined): Task {
  if (back !== undefined && forget !== undefined) {
    throw new UsageError('--bring-back and --forget exclude each other.');
  }
  if (back !== undefined) return { kind: 'bring-back', id: back };
  return forget === undefined ? null : { kind: 'forget', id: forget };
}

async function inFile(argument: string, task: Task): Promise<Shown> {
  refuseStoreWithoutName(argument, 'tgsession aside <store> <name>');
  if (statSync(argument, { throwIfNoEntry: false })?.isDirectory()) {
    throw new UsageError(`${argument} is a folder. Name the session in it: tgsession aside <folder> <name>`);
  }
  const storage = new SqliteSession(pathOf(argument), { label: LABEL });
  const { path } = storage;
  try {
    if ((await storage.load()) === null) throw new SessionError('NOT_FOUND', `${path} is not there.`);
    return { path, store: null, name: null, ...(await doneWith(storage, task)) };
  } finally {
    await storage.close();
  }
}

function inStore(argument: string, name: string, task: Task): Promise<Shown> {
  return withStoredSession(argument, name, LABEL, async (taken) => {
    const done = await doneWith(taken.storage, task);
    if (done.broughtBack !== null) await doubt(taken, done.broughtBack);
    return { path: null, store: placeText(taken.store), name, ...done };
  });
}

type Done = Pick<Shown, 'broughtBack' | 'forgotten' | 'aside'>;

async function doneWith(storage: Storage, task: Task): Promise<Done> {
  const store = storage.aside!;
  const before = await store.list();
  if (task === null) return { broughtBack: null, forgotten: null, aside: before };
  const { kind, id } = task;
  const entry = before.find((each) => each.id === id);
  if (entry === undefined) {
    throw new SessionError(
      'NOT_FOUND',
      `Nothing is kept aside as ${JSON.stringify(id)}. Without an option they are listed.`,
    );
  }
  const isBack = kind === 'bring-back';
  if (isBack) await bringBack(storage, id);
  else await store.forget(id);
  return {
    broughtBack: isBack ? entry : null,
    forgotten: isBack ? null : entry,
    aside: await store.list(),
  };
}

/** Whether what is back is still good is not known, and what was dead was another key. */
async function doubt({ store, storage }: TakenSession, { reason }: AsideEntry): Promise<void> {
  const info = await store.info(storage.name);
  if (info?.status === 'dead') await storage.setStatus('suspected', `brought back, was ${reason}`);
}

function report({ path, store, name, broughtBack, forgotten, aside: entries }: Shown): void {
  line(style('bold', plain(path ?? `${name} in ${store}`)));
  if (broughtBack !== null) {
    line(`  ${style('green', 'in use again')}  ${inWords(broughtBack)}`);
    line('  Whether Telegram still knows it, "tgsession check" asks.');
  }
  if (forgotten !== null) line(`  forgotten  ${inWords(forgotten)}`);
  if (entries.length === 0) {
    line(`  Nothing ${(broughtBack ?? forgotten) ? 'more ' : ''}is kept aside.`);
    return;
  }
  table([
    ['id', 'reason', 'user', 'key id', 'since'],
    ...entries.map(({ id, reason, userId, keyId, since }) => [
      plain(id),
      plain(reason),
      userId === null ? '-' : `${userId}`,
      keyId ?? '-',
      since.toISOString(),
    ]),
  ]);
}

function inWords({ reason, userId, keyId }: AsideEntry): string {
  const who = userId === null ? 'no user' : `user ${userId}`;
  return `${who}, key ${keyId ?? 'none'} (${plain(reason)})`;
}
