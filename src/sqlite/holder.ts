/**
 * The name of whoever holds a session, for those who are refused: JSON in a file beside it. It is help for people:
 * what a crash left there means nothing, only the kernel's locks decide.
 */

import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Holder } from '../errors.ts';

function holderFile(file: string): string {
  return `${file}-holder`;
}

/** Who holds the session, as far as it is written; null if nobody, or nobody's name can be read. */
export function readHolder(file: string): Holder | null {
  try {
    const { pid, host, since, label } = JSON.parse(readFileSync(holderFile(file), 'utf8'));
    const holder: Holder = {
      pid,
      host,
      since: new Date(since),
      label: typeof label === 'string' ? label : null,
    };
    const sound = Number.isInteger(pid) && typeof host === 'string' && !Number.isNaN(holder.since.getTime());
    return sound ? holder : null;
  } catch {
    return null;
  }
}

/** Writes this process down as the holder. */
export function writeHolder(file: string, label: string | null): void {
  const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString(), label };
  const write = () =>
    writeFileSync(holderFile(file), `${JSON.stringify(holder)}\n`, { mode: 0o600, flag: 'wx' });
  try {
    write();
  } catch {
    // Left by a holder that died. Should it not work again, the session is held without a name.
    removeHolder(file);
    try {
      write();
    } catch {}
  }
}

/** Takes the name away. */
export function removeHolder(file: string): void {
  try {
    unlinkSync(holderFile(file));
  } catch {
    // It was never written, or somebody tidied up.
  }
}

/** Whether the holder's process may be alive: known only for this machine's own. */
export function mayBeAlive({ pid, host }: Holder): boolean {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
