import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { RUNTIMES, root } from '../../support/runtimes.ts';

for (const [name, command] of RUNTIMES) {
  test.skipIf(command === null)(`the built package keeps a client of MTKruto on ${name}`, () => {
    const [file, ...args] = command!;
    const { status, stdout, stderr } = spawnSync(file!, [...args, 'test/support/mtkruto-run.mjs'], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stdout + stderr).toContain('All of it holds.');
    expect(status).toBe(0);
  });
}
