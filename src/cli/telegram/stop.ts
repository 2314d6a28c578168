/** {@link untilStopped}: a signal that tells when somebody wants to end a command. */

import { SessionError } from '../../errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** How long after the end the process may live, in milliseconds. */
const EXIT_LIMIT = 2000;

/**
 * Runs something that ends in order when it is told to; told a second time, the process ends at once. A connection that does
 * not close in time holds nobody up afterwards.
 */
export async function untilStopped<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new SessionError('ABORTED', 'Stopped.'));
  for (const signal of SIGNALS) process.once(signal, stop);
  // Whoever closes the terminal ends the command in order as well.
  process.stderr.on('error', () => {});
  try {
    return await run(controller.signal);
  } finally {
    for (const signal of SIGNALS) process.off(signal, stop);
    // Where nothing is open any more the process is over before.
    setTimeout(() => process.exit(), EXIT_LIMIT).unref();
  }
}
