/** Converts all sessions in a folder. */

import { availableParallelism } from 'node:os';
import { join, sep } from 'node:path';
import { SessionError } from '../../errors.ts';
import { codec } from '../../formats/index.ts';
import { suffixOf } from '../output.ts';
import type { Job, Settings } from './job.ts';
import { removeLeftovers } from './leftovers.ts';
import { targetNames } from './names.ts';
import { convertAll } from './pool.ts';
import { Progress } from './progress.ts';
import { type Place, scan } from './scan.ts';
import { printFailure, printJsonSummary, printResult, printSummary, type RunFacts } from './summary.ts';
import { count, emptyTally } from './tally.ts';

/** Exit codes: all done; some failed, or there was nothing; stopped by the user. */
const DONE = 0;
const FAILED = 1;
const STOPPED = 130;

/** More threads than this wait for the disk rather than work. */
const MAX_DEFAULT_WORKERS = 4;
/**
 * Every thread has to load and to warm up the code for itself. With 1,000 sources on two processors a second thread gained
 * 10 to 25 percent while nothing else ran, and lost 20 to 40 percent while something did.
 */
const SOURCES_PER_WORKER = 2000;

/** What a run is to do. */
export interface Run {
  /** The folder with the sessions. */
  source: string;
  /** The folder for the targets. */
  output: string;
  settings: Settings;
  /** How many threads; as many as pay by default. */
  workers: number | undefined;
  /** What a thread runs. */
  script: URL;
  json: boolean;
}

/**
 * Converts them, prints what became of them, and gives the exit code.
 *
 * @throws SessionError `UNKNOWN_FORMAT` if nothing in the folder could be a session, `IO`
 */
export async function runBatch({ source, output, settings, workers, script, json }: Run): Promise<number> {
  const begun = performance.now();
  const found = await scan(source, output, settings.read.from);
  if (found.count === 0) {
    throw new SessionError('UNKNOWN_FORMAT', `${source} is no session, and there is none in it.`, {
      found: 'a folder',
    });
  }
  const plans = plansOf(found.places, output, suffixOf(codec(settings.to)));
  const tally = emptyTally(found.count);
  const progress = new Progress(tally);
  const { signal, end } = stopOnSignal(progress);
  if (!settings.dryRun) clean(plans, settings.to, found.notes);

  await convertAll(
    jobsOf(plans, source),
    settings,
    { workers: workers ?? defaultWorkers(found.count), script, signal },
    (result) => {
      count(tally, result);
      if (json || result.status === 'failed') progress.clear();
      if (json) printResult(result);
      else if (result.status === 'failed') printFailure(result);
      progress.show();
    },
  );
  progress.clear();
  end();

  const seconds = (performance.now() - begun) / 1000;
  const facts: RunFacts = {
    to: settings.to,
    folder: output,
    dryRun: settings.dryRun,
    stopped: signal.aborted,
    seconds,
    notes: found.notes,
  };
  if (json) printJsonSummary(tally, facts);
  else printSummary(tally, facts);
  if (signal.aborted) return STOPPED;
  return tally.failed > 0 || tally.converted + tally.there === 0 ? FAILED : DONE;
}

/** A place, and where its targets go. */
interface Plan extends Place {
  output: string;
  /** Name of the target of each source, without suffix. */
  names: Map<string, string>;
}

function plansOf(places: readonly Place[], output: string, suffix: string): Plan[] {
  // Where targets are folders, none may be one that other targets stand in.
  const taken = suffix === '' ? foldersIn(places) : new Map<string, Set<string>>();
  return places.map((place) => ({
    ...place,
    output: join(output, place.folder),
    names: targetNames(place.files, place.folders, taken.get(place.folder)),
  }));
}

/** The names of the folders in each folder that hold a place, or lead to one. */
function foldersIn(places: readonly Place[]): Map<string, Set<string>> {
  const names = new Map<string, Set<string>>();
  for (const { folder } of places.filter((place) => place.folder !== '')) {
    const parts = folder.split(sep);
    for (let i = 0; i < parts.length; i++) {
      const parent = parts.slice(0, i).join(sep);
      names.set(parent, (names.get(parent) ?? new Set()).add(parts[i]!));
    }
  }
  return names;
}

function* jobsOf(plans: readonly Plan[], root: string): Generator<Job> {
  for (const { folder, output, names } of plans) {
    for (const [source, target] of names) {
      yield { source: join(root, folder, source), stem: join(output, target) };
    }
  }
}

function clean(plans: readonly Plan[], to: string, notes: string[]): void {
  const suffix = suffixOf(codec(to));
  let removed = 0;
  for (const { output, names } of plans) removed += removeLeftovers(output, new Set(names.values()), suffix);
  if (removed > 0) notes.push(`Half-written files of a run that was killed were removed: ${removed}.`);
}

function defaultWorkers(sources: number): number {
  const pay = Math.ceil(sources / SOURCES_PER_WORKER);
  return Math.max(1, Math.min(availableParallelism(), MAX_DEFAULT_WORKERS, pay));
}

/** The first signal ends it when what is under way is done, the second at once. */
function stopOnSignal(progress: Progress): { signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(STOPPED);
    controller.abort();
    progress.clear();
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  return {
    signal: controller.signal,
    end: () => {
      for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
    },
  };
}
