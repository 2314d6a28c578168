/** The whole programs of examples/, as a user runs them, in front of the loopback data centre. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { SqliteSession } from '../src/sqlite/index.ts';
import type { LoopbackDc } from '../src/testing/dc/index.ts';
import { temporaryFolder } from './support/folder.ts';
import { startDc } from './support/loopback.ts';

const examples = join(import.meta.dirname, '../examples');

const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice' },
  { id: 2000, phone: '+99977', firstName: 'Carol', password: 'secret' },
  { id: 3000, token: '3000:token', firstName: 'Bot', username: 'the_bot' },
];

/** A program in a folder of its own, whose words are waited for. */
class Program {
  readonly #child;
  readonly #ended;
  #output = '';
  #heard = () => {};

  constructor(file: string, cwd: string, env: Record<string, string>) {
    const script = join(examples, file);
    const flags = ['--disable-warning=ExperimentalWarning'];
    this.#child = spawn(process.execPath, [...flags, script], { cwd, env: { ...process.env, ...env } });
    this.#ended = once(this.#child, 'close');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
        this.#heard();
      });
    }
    onTestFinished(async () => {
      this.#child.kill('SIGKILL');
      await this.#ended;
    });
  }

  /** Waits until it says something, and forgets what it said until then. */
  async says(words: string | RegExp): Promise<void> {
    const found = () => {
      const at = this.#output.search(words instanceof RegExp ? words : new RegExp(escaped(words)));
      if (at < 0) return false;
      this.#output = this.#output.slice(at + 1);
      return true;
    };
    while (!found()) {
      const more = new Promise<boolean>((resolve) => {
        this.#heard = () => resolve(true);
      });
      const goesOn = await Promise.race([more, this.#ended.then(() => false)]);
      if (!goesOn && !found()) throw new Error(`It ended without ${words}: ${this.#output}`);
      else if (!goesOn) return;
    }
  }

  answer(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Ends it as Ctrl+C does. Gives its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGINT');
    return this.end();
  }

  async end(): Promise<number | null> {
    const [code] = await this.#ended;
    return code;
  }
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

describe.each(['mtcute', 'gramjs', 'teleproto'])('examples/%s.mjs', (name) => {
  const start = (dc: LoopbackDc, cwd: string, more: Record<string, string> = {}) =>
    new Program(`${name}.mjs`, cwd, { API_ID: '1', API_HASH: 'x', LOOPBACK_DC: JSON.stringify(dc), ...more });

  test('logs a user in, who is logged in when it is started again, and refused when it is started twice', async () => {
    const dc = await startDc({ users });
    const cwd = temporaryFolder();
    const first = start(dc, cwd);
    await first.says(/phone/i);
    first.answer('+99977');
    await first.says(/code/i);
    first.answer('12345');
    await first.says(/password/i);
    first.answer('secret');
    await first.says('Logged in as Carol');
    const twice = start(dc, cwd);
    await twice.says('is in use by process');
    expect(await twice.end()).toBe(1);
    dc.user(2000).pushMessage({ text: 'hello', from: 1000 });
    await first.says('hello');
    expect(await first.stop()).toBe(0);
    dc.log.clear();

    const second = start(dc, cwd);
    await second.says('Logged in as Carol');
    expect(await second.stop()).toBe(0);
    expect(dc.log.of('handshake')).toEqual([]);
    const storage = new SqliteSession(join(cwd, name));
    const session = (await storage.load())!;
    expect(session.user).toMatchObject({ id: 2000, dc: 2 });
    expect(session.state!.pts).toBe(dc.user(2000).state.pts);
    await storage.close();
  });

  test('logs a bot in', async () => {
    const dc = await startDc({ users });
    const cwd = temporaryFolder();
    for (let i = 0; i < 2; i++) {
      dc.log.clear();
      const program = start(dc, cwd, { BOT_TOKEN: '3000:token', SESSION: 'bot' });
      await program.says('Logged in as Bot');
      expect(await program.stop()).toBe(0);
    }
    expect(dc.log.of('handshake')).toEqual([]);
    expect(dc.log.methods).not.toContain('auth.importBotAuthorization');
  });

  test('says what it needs', async () => {
    const program = new Program(`${name}.mjs`, temporaryFolder(), { API_ID: '' });
    await program.says('https://my.telegram.org');
    expect(await program.end()).toBe(2);
  });
});

test('examples/loopback-dc.mjs starts a data centre, and says how it is used', async () => {
  const program = new Program('loopback-dc.mjs', temporaryFolder(), {});
  await program.says('LOOPBACK_DC=');
  expect(await program.stop()).toBe(0);
});
