/** Asking on a terminal. A secret that is typed is not shown. */

import { SessionError } from '../errors.ts';

/** Whether somebody is there to be asked: what is asked shows on standard error. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/** How a question is asked. */
export interface AskOptions {
  /** Whether what is typed shows. Default false. */
  shown?: boolean;
  /** Ends it. */
  signal?: AbortSignal;
}

/** Asks for a secret. @throws SessionError as `ask` does */
export function askSecret(question: string): Promise<string> {
  return ask(question);
}

/**
 * Asks for a line.
 *
 * @throws SessionError `ABORTED` if it is left with Ctrl-C or Ctrl-D; the reason of the signal
 */
export function ask(question: string, { shown = false, signal }: AskOptions = {}): Promise<string> {
  const { stdin, stderr } = process;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const restore = () => {
    try {
      stdin.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
  };
  let typed: string[] = [];

  const end = (settle: () => void) => {
    stdin.off('data', onData);
    stdin.pause();
    restore();
    process.off('exit', restore);
    signal?.removeEventListener('abort', onAbort);
    stderr.write('\n');
    settle();
  };
  const onAbort = () => end(() => reject(signal!.reason));
  const erase = (count: number) => {
    if (shown) stderr.write('\b \b'.repeat(count));
  };
  const onData = (chunk: string) => {
    for (const character of chunk) {
      if (character === '\r' || character === '\n') return end(() => resolve(typed.join('')));
      if (character === '\x03' || (character === '\x04' && typed.length === 0)) {
        return end(() => reject(new SessionError('ABORTED', 'Nothing was given.')));
      }
      if (character === '\x7f' || character === '\b') {
        if (typed.pop() !== undefined) erase(1);
      } else if (character === '\x15') {
        erase(typed.length);
        typed = [];
      } else if (character >= ' ') {
        typed.push(character);
        if (shown) stderr.write(character);
      }
    }
  };

  if (signal?.aborted) return Promise.reject(signal.reason);
  signal?.addEventListener('abort', onAbort, { once: true });
  // Without echo, and character by character. Whatever ends the process, the terminal is as it was.
  stdin.setRawMode(true);
  process.on('exit', restore);
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  stderr.write(question);
  stdin.resume();
  return promise;
}
