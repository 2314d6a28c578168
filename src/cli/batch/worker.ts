/** A thread that converts what it is given, one source after the other. */

import { parentPort, workerData } from 'node:worker_threads';
import { convertOne } from './convert-one.ts';
import type { Job, Settings } from './job.ts';

const settings = workerData as Settings;
parentPort!.on('message', async (job: Job) => {
  parentPort!.postMessage(await convertOne(job, settings));
});
