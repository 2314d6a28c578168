/** `tgsession copy`: all sessions of a store into another one. */

import { SessionError } from '../../errors.ts';
import type { SessionStore } from '../../stores/store.ts';
import { number, Progress } from '../batch/progress.ts';
import { emptyTally } from '../batch/tally.ts';
import { COMMON_OPTIONS, type Command } from '../command.ts';
import { errorLine, errorStyle, json, line, plain, style, warn } from '../print.ts';
import { errorView } from '../wording.ts';
import { type Copied, copyOne } from './copy-one.ts';
import { openPlace, STORE_DETAILS } from './place.ts';

/** How many sessions are on their way at once. */
const AT_ONCE = 8;
const STOPPED = 130;

export const copy: Command = {
  usage: 'copy <from> <to>',
  summary: 'copy all sessions of a store into another one',
  details: `Both are a <store>. ${STORE_DETAILS}

A session is held while it is copied: one that somebody uses has failed with
HELD. It goes with its peers, what is kept aside, its status, label, tags and
phone number, and is read back. Run the same command again to go on: what is
there already is left alone. Afterwards use one of the two stores, not both:
Telegram destroys a key that is used twice.`,
  options: { ...COMMON_OPTIONS, force: { type: 'boolean' } },
  optionHelp: {
    json: 'print each session as a JSON object on a line of its own, and sums at the end',
    force: 'replace sessions that are there and differ',
  },
  arguments: 2,
  async run([first, second], { json: asJson, force }) {
    const from = await openPlace(first!);
    try {
      const to = await openPlace(second!, true);
      try {
        return await copyAll(from, to, { asJson: asJson === true, force: force === true });
      } finally {
        await to.close();
      }
    } finally {
      await from.close();
    }
  },
};

async function copyAll(
  from: SessionStore,
  to: SessionStore,
  { asJson, force }: { asJson: boolean; force: boolean },
): Promise<number> {
  const names: string[] = [];
  for await (const { name } of from.find({})) names.push(name);
  const tally = emptyTally(names.length);
  const progress = new Progress(tally);
  const sums = { copied: 0, there: 0, gone: 0, failed: 0 };
  let stopped = false;
  const stop = () => {
    if (stopped) process.exit(STOPPED);
    stopped = true;
    progress.clear();
    errorLine('Stopping when what is under way is done. Ctrl-C again stops at once.');
  };
  const done = (name: string, outcome: Copied | SessionError) => {
    const status = outcome instanceof SessionError ? 'failed' : outcome;
    sums[status]++;
    tally[status === 'copied' ? 'converted' : status === 'failed' ? 'failed' : 'there']++;
    const error = outcome instanceof SessionError ? errorView(outcome) : null;
    if (asJson) json({ name, status, error });
    else if (error !== null) {
      progress.clear();
      errorLine(`${errorStyle('red', error.code)}  ${plain(name)}: ${plain(error.message)}`);
    }
    progress.show();
  };
  process.on('SIGINT', stop);
  try {
    const left = names.values();
    const worker = async () => {
      for (const name of left) {
        if (stopped) return;
        try {
          done(name, await copyOne(from, to, name, force));
        } catch (error) {
          if (!(error instanceof SessionError)) throw error;
          done(name, error);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    process.off('SIGINT', stop);
    progress.clear();
  }
  const summary = { from: String(from), to: String(to), total: names.length, ...sums, stopped };
  if (asJson) json({ summary });
  else {
    const there = sums.there > 0 ? `, ${number(sums.there)} there already` : '';
    const failed = sums.failed > 0 ? `, ${style('red', `${number(sums.failed)} failed`)}` : '';
    line(`${style('bold', `${number(sums.copied)} copied`)}${there}${failed}`);
  }
  if (sums.copied > 0) {
    warn('The sessions are in both stores now. Use one of them: Telegram destroys a key that is used twice.');
  }
  if (stopped) return STOPPED;
  return sums.failed > 0 ? 1 : 0;
}
