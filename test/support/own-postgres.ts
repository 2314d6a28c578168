/** A PostgreSQL of a test's own, from Debian's binaries, on a free port. It can be stopped as by a crash, and started again. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { freePort } from './redis.ts';

const DEBIAN = '/usr/lib/postgresql';
/** What `log_statement` writes, of a simple and of a prepared one. */
const COMMAND = /LOG:\s+(?:statement|execute [^:]+): /;

/** A server that a test started. */
export interface OwnPostgres {
  readonly url: string;
  /** Ends it at once, as a crash would: the next start has to recover. */
  crash(): Promise<void>;
  /** Starts it again, on the same port and with the same data. */
  start(): Promise<void>;
  /** Keeps a copy of its data as they are now. It is started again for that. */
  keep(): Promise<void>;
  /** Puts it back to the copy, as after a failover to a replica that had got no more than that. */
  putBack(): Promise<void>;
  /** Ends it, and removes its data. */
  remove(): void;
  /** How many commands it was given so far, if it was started to count them. */
  commands(): number;
}

export interface StartOptions {
  /** Whether it tells of each command, to count them. The server's own statistics come up to 10 s late. */
  countCommands?: boolean;
  /** Whether it leaves to the system when its files come to the disk, which is faster. All is there after a crash of its own. */
  skipSync?: boolean;
}

/** Starts one; null where Debian's binaries are not there. It is removed with the process at the latest. */
export async function startPostgres({
  countCommands = false,
  skipSync = false,
}: StartOptions = {}): Promise<OwnPostgres | null> {
  const [newest] = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  if (newest === undefined) return null;
  const bin = join(DEBIAN, newest, 'bin');
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-postgres-'));
  const port = await freePort();
  // PostgreSQL refuses to be run by root.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1);
  const command = (program: string, ...args: string[]): [string, string[]] => {
    const path = join(bin, program);
    return isRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
  };
  const data = join(folder, 'data');
  execFileSync(...command('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '-N'), {
    cwd: folder,
    stdio: 'ignore',
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const options = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder];
  if (countCommands) options.push('-c', 'log_statement=all');
  if (skipSync) options.push('-c', 'fsync=off');
  let server: ChildProcess | null = null;
  let commands = 0;

  const end = () => {
    if (server === null || server.exitCode !== null || server.signalCode !== null) return;
    try {
      process.kill(Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]), 'SIGQUIT');
    } catch {
      server.kill('SIGTERM');
    }
  };
  const remove = () => {
    end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  const start = async () => {
    server = spawn(...command('postgres', ...options), {
      cwd: folder,
      stdio: ['ignore', 'ignore', countCommands ? 'pipe' : 'ignore'],
    });
    if (server.stderr !== null) {
      createInterface(server.stderr).on('line', (line) => {
        if (COMMAND.test(line)) commands++;
      });
    }
    for (let i = 0; i < 600; i++) {
      if (await answers(url)) return;
      if (server.exitCode !== null) break;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('The PostgreSQL that was started does not answer.');
  };

  const crash = async () => {
    const ended = once(server!, 'exit');
    end();
    await ended;
  };
  const kept = join(folder, 'kept');
  /** Between a crash and a start, one folder becomes a copy of another. */
  const copy = async (from: string, to: string) => {
    await crash();
    rmSync(to, { recursive: true, force: true });
    execFileSync('cp', ['-a', from, to]);
    await start();
  };

  process.on('exit', remove);
  await start();
  return {
    url,
    start,
    crash,
    keep: () => copy(data, kept),
    putBack: () => copy(kept, data),
    remove() {
      process.off('exit', remove);
      remove();
    },
    commands: () => commands,
  };
}

/** Whether a server is there. */
export async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
