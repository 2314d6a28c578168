/** Asking for a secret on a terminal: what is typed is not shown. */

import { SessionError } from '../errors.ts';

/** Whether somebody is there to be asked: what is asked shows on standard error. */
export function canAsk(): boolean {
  return process.stdin.isTTY === true && process.stderr.isTTY === true;
}

/**
 * Asks for a line.
 *
 * @throws SessionError `ABORTED` if it is left with Ctrl-C or Ctrl-D
 */
export function askSecret(question: string): Promise<string> {
  const { stdin, stderr } = process;
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const restore = () => stdin.setRawMode(false);
  let typed: string[] = [];

  const end = (settle: () => void) => {
    stdin.off('data', onData);
    stdin.pause();
    restore();
    process.off('exit', restore);
    stderr.write('\n');
    settle();
  };
  const onData = (chunk: string) => {
    for (const character of chunk) {
      if (character === '\r' || character === '\n') return end(() => resolve(typed.join('')));
      if (character === '\x03' || (character === '\x04' && typed.length === 0)) {
        return end(() => reject(new SessionError('ABORTED', 'No passcode was given.')));
      }
      if (character === '\x7f' || character === '\b') typed.pop();
      else if (character === '\x15') typed = [];
      else if (character >= ' ') typed.push(character);
    }
  };

  // Without echo, and character by character. Whatever ends the process, the terminal is as it was.
  stdin.setRawMode(true);
  process.on('exit', restore);
  stdin.setEncoding('utf8');
  stdin.on('data', onData);
  stderr.write(question);
  stdin.resume();
  return promise;
}
