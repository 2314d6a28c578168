/** Several conversions at once. */

import { Worker } from 'node:worker_threads';
import { convertOne } from './convert-one.ts';
import { type Job, noResult, type Result, type Settings } from './job.ts';

// Older versions of Node.js warn of their SQLite; once, from the main thread, is enough.
const THREAD_OPTIONS = [...process.execArgv, '--disable-warning=ExperimentalWarning'];

/**
 * Converts all sources, and hands over each result as it comes: in the order of the sources with one worker, in any
 * with several. Results are not kept.
 *
 * @param workers how many threads; with one, this thread does it itself
 * @param script what a thread runs: worker.ts, or what the build made of it
 * @param signal what is under way when it aborts is finished, and nothing more is begun
 */
export async function convertAll(
  jobs: Iterable<Job>,
  settings: Settings,
  { workers, script, signal }: { workers: number; script: URL; signal: AbortSignal },
  onResult: (result: Result) => void,
): Promise<void> {
  const left = jobs[Symbol.iterator]();
  const take = () => {
    const next = signal.aborted ? undefined : left.next();
    return next === undefined || next.done ? null : next.value;
  };
  if (workers === 1) {
    for (let job = take(); job !== null; job = take()) {
      onResult(await convertOne(job, settings));
      // Signals, and the bar of the progress, get their turn.
      await new Promise(setImmediate);
    }
    return;
  }
  await Promise.all(
    Array.from({ length: workers }, async () => {
      let thread: Worker | null = null;
      try {
        for (let job = take(); job !== null; job = take()) {
          thread ??= new Worker(script, { workerData: settings, execArgv: THREAD_OPTIONS });
          const result = await ask(thread, job);
          // A thread that died is followed by another one, which does not get the source that killed it.
          if (result === null) thread = null;
          onResult(result ?? died(job));
        }
      } finally {
        await thread?.terminate();
      }
    }),
  );
}

/** The answer of a thread; null if it died over it. */
function ask(thread: Worker, job: Job): Promise<Result | null> {
  const { promise, resolve } = Promise.withResolvers<Result | null>();
  const onEnd = () => resolve(null);
  thread.once('message', resolve);
  thread.once('error', onEnd);
  thread.once('exit', onEnd);
  thread.postMessage(job);
  return promise.finally(() => {
    thread.off('message', resolve);
    thread.off('exit', onEnd);
    thread.off('error', onEnd);
  });
}

function died({ source }: Job): Result {
  const error = { code: 'DEFECT', message: 'The worker ended while it converted this. Please report it.' };
  return { ...noResult(source), error };
}
