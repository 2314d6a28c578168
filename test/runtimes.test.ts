import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, copyFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { read } from '../src/formats/index.ts';
import { SqliteSession } from '../src/sqlite/index.ts';
import { temporaryFolder } from './support/folder.ts';
import { RUNTIMES, root, testOnRuntimes } from './support/runtimes.ts';

testOnRuntimes('the built package does its main job', 'examples/first-session.mjs');

for (const [name, command] of RUNTIMES) {
  test.skipIf(command === null)(`peers are kept, read and converted on ${name}`, () => {
    const [file, ...args] = command!;
    // Every schema has other columns, and older runtimes give rows as objects.
    const paths = ['telethon', 'pyrogram', 'mtcute'].flatMap((family) => {
      const folder = join(root, 'test/fixtures', family);
      const good = readdirSync(folder).filter((path) =>
        /^(v\d|session-|legacy-).*\.(session|sqlite)$/.test(path),
      );
      return good.filter((path) => !path.startsWith('v10-version')).map((path) => join(folder, path));
    });
    expect(paths.length).toBeGreaterThan(40);
    const { stdout, stderr } = spawnSync(
      file!,
      [...args, 'test/support/peers-on-runtime.mjs', temporaryFolder(), ...paths],
      { cwd: root, encoding: 'utf8' },
    );
    expect(stdout.trim() || stderr).toBe('ok');
  });
}

for (const [name, command] of RUNTIMES.slice(1, 2)) {
  test.skipIf(command === null)(`every fixture is read on ${name} as it is here`, () => {
    // Rows come another way there. Sources that fail must fail in the same way, and all losses must be the same.
    const results = [process.execPath, command![0]!].map((node) => {
      const args = [
        'convert',
        'test/fixtures',
        '--to',
        'telethon-v2-sqlite',
        '-o',
        'none',
        '--dry-run',
        '--json',
      ];
      const { stdout } = spawnSync(node, ['dist/cli/main.js', ...args, '--workers', '1'], {
        cwd: root,
        encoding: 'utf8',
        maxBuffer: 1 << 28,
      });
      return stdout.split('\n');
    });
    expect(results[0]!.length).toBeGreaterThan(300);
    expect(results[1]).toEqual(results[0]);
  });
}

describe('a session that is held here', () => {
  // The guard alone holds it before the first save, the lock file too from then on.
  test.each([0, 3])(
    'after %i saves is refused to every runtime, and still so after it was read here',
    async (saves) => {
      const path = join(temporaryFolder(), 'a.session');
      copyFileSync(join(root, 'examples/alice.session'), path);
      chmodSync(path, 0o600);
      const storage = new SqliteSession(path, { label: 'the first' });
      const session = (await storage.load())!;
      for (let i = 0; i < saves; i++) {
        session.state!.pts++;
        await storage.save(session);
      }
      // Closing a file that this process has locked would drop the lock, so reading must not open it that way.
      expect((await read({ path })).snapshots[0]!.session.equals(session)).toBe(true);
      for (const [name, command] of RUNTIMES) {
        if (command === null) continue;
        const [file, ...args] = command;
        const { stdout, stderr } = spawnSync(file!, [...args, 'test/support/try-to-load.mjs', path], {
          cwd: root,
          encoding: 'utf8',
        });
        expect(stdout.trim() || stderr, name).toBe('HELD the first');
      }
      await storage.close();
    },
  );

  test('is refused to a worker thread of the same process', async () => {
    const path = join(temporaryFolder(), 'a.session');
    copyFileSync(join(root, 'examples/alice.session'), path);
    chmodSync(path, 0o600);
    const storage = new SqliteSession(path, { label: 'the first' });
    const session = (await storage.load())!;
    for (let i = 0; i < 3; i++) {
      const worker = new Worker(join(root, 'test/support/try-to-load.mjs'), { argv: [path], stdout: true });
      let printed = '';
      worker.stdout.on('data', (text) => {
        printed += text;
      });
      await once(worker, 'exit');
      expect(printed.trim()).toBe('HELD the first');
      session.state!.pts++;
      await storage.save(session);
    }
    await storage.close();
  });
});

test('in CI no runtime is left out', () => {
  if (process.env.CI) expect(RUNTIMES.filter(([, command]) => command === null)).toEqual([]);
});
