/** `tgsession copy`: all sessions of a store into another one. */

import { setImmediate } from 'node:timers/promises';
import { SessionError, SessionHeldError } from '../../errors.ts';
import type { SessionStore } from '../../stores/store.ts';
import { number } from '../batch/progress.ts';
import { COMMON_OPTIONS, type Command } from '../command.ts';
import { warn } from '../print.ts';
import { COPIER, type CopyOptions, copyOne } from './copy-one.ts';
import { CopyReport } from './copy-report.ts';
import { openPlace, STORE_DETAILS } from './place.ts';

/** How many sessions are on their way at once. */
const AT_ONCE = 8;
const STOPPED = 130;

/** How long a lease lasts that is taken for a copy, in milliseconds: so long a copy that was killed is in the way. */
const LEASE = { ttl: 10_000 };
/** How long is waited for what another copy holds: longer than the lease of one that was killed. */
const WAIT = 15_000;
/** A copy forgets no peers, whatever the store would keep later. */
const PLACE_OPTIONS = { lease: LEASE, maxPeers: Number.MAX_SAFE_INTEGER };

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
    const from = await openPlace(first!, false, PLACE_OPTIONS);
    try {
      const to = await openPlace(second!, true, PLACE_OPTIONS);
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
  const report = new CopyReport(names.length, asJson);
  const stopping = new AbortController();
  const stop = () => {
    if (stopping.signal.aborted) process.exit(STOPPED);
    stopping.abort();
    report.say('Stopping when what is under way is done. Ctrl-C again stops at once.');
  };
  /** Copies them, and gives those that another copy holds. */
  const copyThese = async (some: readonly string[], wait: CopyOptions['wait']): Promise<string[]> => {
    const left = some.values();
    const held: string[] = [];
    const worker = async () => {
      for (const name of left) {
        // From folder to folder nothing is waited for, and so Ctrl-C would not be heard.
        await setImmediate();
        if (stopping.signal.aborted) return;
        try {
          report.done(name, await copyOne(from, to, name, { force, wait }));
        } catch (error) {
          if (!(error instanceof SessionError)) throw error;
          if (error.code === 'ABORTED') return;
          if (wait === null && isOfCopy(error)) held.push(name);
          else report.done(name, error);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return held;
  };
  process.on('SIGINT', stop);
  try {
    const held = await copyThese(names, null);
    if (held.length > 0 && !stopping.signal.aborted) {
      const count = number(held.length);
      report.say(
        `Waiting for ${count} that another copy holds. It may have been killed: ${WAIT / 1000} s at most.`,
      );
      await copyThese(held, { ms: WAIT, signal: stopping.signal });
    }
  } finally {
    process.off('SIGINT', stop);
    report.end(String(from), String(to), stopping.signal.aborted);
  }
  if (report.sums.copied > 0) {
    warn('The sessions are in both stores now. Use one of them: Telegram destroys a key that is used twice.');
  }
  if (stopping.signal.aborted) return STOPPED;
  return report.sums.failed > 0 ? 1 : 0;
}

function isOfCopy(error: SessionError): boolean {
  return error instanceof SessionHeldError && error.holder?.label === COPIER;
}
