/** What it costs to import us, in fresh processes, and how large the core is. */

import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const root = join(import.meta.dirname, '..');

/** Milliseconds that a snippet takes in a fresh process, the median of several, in turn with the others. */
function inFreshProcesses(snippets: string[], rounds = 15): number[] {
  const times: number[][] = snippets.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [i, snippet] of snippets.entries()) {
      const code = `const begun = performance.now(); ${snippet}; console.log(performance.now() - begun)`;
      const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', code];
      times[i]!.push(Number(execFileSync(process.execPath, args, { cwd: root }).toString()));
    }
  }
  return times.map((list) => list.toSorted((a, b) => a - b)[rounds >> 1]!);
}

/** Prints the table. */
export async function importTimes(): Promise<void> {
  const [bare, ours, formats] = inFreshProcesses([
    "const { DatabaseSync } = await import('node:sqlite'); new DatabaseSync(':memory:').close()",
    "await import('tgsession/sqlite')",
    "await import('tgsession/formats')",
  ]);
  console.log('\n**Import, in a fresh process, ms**\n');
  console.log(
    '| bare node:sqlite and one open | tgsession/sqlite | more than bare | tgsession/formats |\n|---|---|---|---|',
  );
  console.log(
    `| ${bare!.toFixed(1)} | ${ours!.toFixed(1)} | ${(ours! - bare!).toFixed(1)} | ${formats!.toFixed(1)} |`,
  );
  const bundle = await rolldown({ input: join(root, 'dist/index.js') });
  const { code } = (await bundle.generate({ format: 'esm', minify: true })).output[0];
  const sizes = [code.length, gzipSync(code, { level: 9 }).length, brotliCompressSync(code).length];
  console.log(`\nThe core, minified: ${sizes[0]} bytes; gzip ${sizes[1]}, brotli ${sizes[2]}.`);
}
