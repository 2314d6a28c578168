/** A real pgbouncer in transaction mode before the server of the tests, where Debian's package is installed. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, postgresUrl } from './postgres.ts';

const PROGRAM = '/usr/sbin/pgbouncer';

/** Whether there is one. */
export const hasPgbouncer: boolean = postgresUrl !== null && existsSync(PROGRAM);

/** Starts one with few connections to the server, so that clients share them. Gives its URL and what ends it. */
export async function startPgbouncer(): Promise<{ url: string; stop(): Promise<void> }> {
  const { hostname, port, username, pathname } = new URL(postgresUrl!);
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-pgbouncer-'));
  const own = await freePort();
  const database = pathname.slice(1);
  const ini = `[databases]
${database} = host=${hostname} port=${port || 5432} user=${username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${own}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 100
`;
  const file = join(folder, 'pgbouncer.ini');
  writeFileSync(file, ini);
  const isRoot = process.getuid?.() === 0;
  chmodSync(folder, 0o755);
  if (isRoot) chownSync(folder, Number(execFileSync('id', ['-u', 'postgres'])), -1);
  // It refuses to be run by root, but can become somebody else itself.
  const user = isRoot ? ['-u', 'postgres'] : [];
  const pooler = spawn(PROGRAM, ['-q', ...user, file], { cwd: folder, stdio: 'ignore' });
  const kill = () => pooler.kill('SIGINT');
  process.on('exit', kill);
  await untilOpen(own, pooler);
  return {
    url: `postgres://${username}@127.0.0.1:${own}/${database}`,
    async stop() {
      process.off('exit', kill);
      const ended = new Promise((resolve) => pooler.once('exit', resolve));
      pooler.kill('SIGTERM');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilOpen(port: number, pooler: ChildProcess): Promise<void> {
  for (;;) {
    if (pooler.exitCode !== null) throw new Error(`pgbouncer ended with ${pooler.exitCode}`);
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (isOpen) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
