/** Waiting that a signal can end. */

import { SessionError } from '../errors.ts';

/** Waits. @throws SessionError `ABORTED`, or the signal's own reason if that is a SessionError */
export function sleep(ms: number, signal: AbortSignal | undefined, what: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    };
    const abort = () => {
      end();
      const { reason } = signal!;
      const message = `The wait for ${what} was ended by its signal.`;
      reject(
        reason instanceof SessionError ? reason : new SessionError('ABORTED', message, { cause: reason }),
      );
    };
    const timer = setTimeout(() => {
      end();
      resolve();
    }, ms);
    if (signal?.aborted) abort();
    else signal?.addEventListener('abort', abort);
  });
}
