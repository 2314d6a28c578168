/** What one W1 save asks of the system: writes, bytes and syncs, counted by strace. */

import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Prints the table, or why there is none. */
export function saveCosts(folder: string): void {
  console.log('\n**What a W1 save asks of the system**\n');
  if (spawnSync('strace', ['-V']).status !== 0) {
    console.log('strace is not here, so this was not counted.');
    return;
  }
  console.log('| channels | fsync + fdatasync | writes | bytes written |\n|---|---|---|---|');
  for (const n of [100, 1000, 10_000]) {
    const log = join(folder, `trace-${n}`);
    const script = join(import.meta.dirname, 'traced-saves.ts');
    execFileSync(
      'strace',
      [
        '-f',
        '-o',
        log,
        '-e',
        'trace=fsync,fdatasync,pwrite64,access',
        process.execPath,
        script,
        join(folder, `t${n}`),
        `${n}`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    const text = readFileSync(log, 'utf8');
    const saves = text.slice(text.indexOf('saves-begin'), text.indexOf('saves-end'));
    const count = (pattern: RegExp) => (saves.match(pattern)?.length ?? 0) / 100;
    const bytes =
      [...saves.matchAll(/pwrite64\(.*\) = (\d+)/g)].reduce((sum, [, size]) => sum + Number(size), 0) / 100;
    console.log(`| ${n} | ${count(/f(?:data)?sync\(/g)} | ${count(/pwrite64\(/g)} | ${bytes} |`);
  }
}
