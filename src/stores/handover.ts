/** {@link handover}: a deployment that ends lets its sessions go before the next one wants them. */

import { checkInteger, checkObject, refuse } from '../check.ts';
import { SessionError } from '../errors.ts';
import type { SessionStore } from './store.ts';

/** A signal that asks a process to end. */
export type HandoverSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP' | 'SIGQUIT' | 'SIGBREAK' | 'SIGUSR1' | 'SIGUSR2';

/** Options of {@link handover}. */
export interface HandoverOptions {
  /** Which signals begin it. Default `SIGTERM` and `SIGINT`. */
  signals?: readonly HandoverSignal[];
  /**
   * What is to be done before the sessions are given back: disconnect the clients, and save. `close()` of an adapter for a
   * client does both, as does `close()` of what `openSession` gave.
   */
  stop?(signal: HandoverSignal): Promise<void>;
  /** For how long all of it may take, in milliseconds; then the process ends. Default 8,000: less than Docker's 10 seconds. */
  timeout?: number;
  /** Hears what failed. Without it, that is written to the console. */
  onError?(error: unknown): void;
  /** Called in the end, instead of ending the process by the signal that began it. */
  done?(signal: HandoverSignal): void;
}

/**
 * On SIGTERM or SIGINT, stops the clients, closes the store, so that whoever waits for its sessions begins at once, and ends
 * the process as the signal would have. A second signal ends it at once.
 *
 * ```ts no-run
 * import { handover } from 'tgsession/stores';
 *
 * handover(store, { stop: () => client.destroy() });
 * ```
 *
 * The next process waits for each session with the option `wait`. Leases that a killed process leaves run out by themselves.
 *
 * @returns takes it back: signals do again what they did before
 * @throws SessionError `INVALID_VALUE`
 */
export function handover(store: Pick<SessionStore, 'close'>, options: HandoverOptions = {}): () => void {
  const { signals = ['SIGTERM', 'SIGINT'], timeout = 8000 } = checkObject('options', '', options);
  if (!Array.isArray(signals)) refuse('options', 'signals', 'a list of signals', signals);
  checkInteger('options', 'timeout', timeout, 1, 2 ** 31 - 1);
  let hasEnded = false;
  const end = (signal: HandoverSignal) => {
    if (hasEnded) return;
    hasEnded = true;
    if (options.done !== undefined) options.done(signal);
    else process.kill(process.pid, signal);
  };
  const begin = (signal: HandoverSignal) => {
    takeBack();
    // From here on a signal has its usual way: who is in a hurry sends a second one.
    const late = setTimeout(() => {
      tell(options, lateError(timeout));
      end(signal);
    }, timeout);
    void giveUp(store, options, signal).then(() => {
      clearTimeout(late);
      end(signal);
    });
  };
  const takeBack = () => {
    for (const signal of signals) process.off(signal, begin);
  };
  for (const signal of signals) process.on(signal, begin);
  return takeBack;
}

async function giveUp(
  store: Pick<SessionStore, 'close'>,
  options: HandoverOptions,
  signal: HandoverSignal,
): Promise<void> {
  // Also if the clients could not be stopped: a session that is not given back is out of use until its lease has run out.
  for (const step of [async () => options.stop?.(signal), () => store.close()]) {
    await step().catch((error: unknown) => tell(options, error));
  }
}

function tell(options: HandoverOptions, error: unknown): void {
  if (options.onError !== undefined) options.onError(error);
  else console.error('tgsession:', error instanceof Error ? `${error.name}: ${error.message}` : 'an error');
}

function lateError(timeout: number): SessionError {
  return new SessionError(
    'IO',
    `The sessions could not all be given back within ${timeout} ms. Those that are left are free when their leases have run out.`,
  );
}
