/** Runs of `tgsession login` and `check` against loopback data centres, and what must never show in them. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { Session } from '../../src/index.ts';
import type { LoopbackDc } from '../../src/testing/dc/index.ts';
import { sampleKey } from '../../src/testing/index.ts';
import type { Run } from './cli.ts';
import { emptyFolder, temporaryFolder } from './folder.ts';
import { type LiveTerminal, startInTerminal } from './live-terminal.ts';

const MAIN = join(import.meta.dirname, '../../dist/cli/main.js');

export const API_HASH = '0123456789abcdef0123456789abcdef';
export const PASSWORD = 'correct horse battery';
export const BOT_TOKEN = '2000:AAExampleExampleExample';

/** What nobody may see. */
const SECRETS = [API_HASH, PASSWORD, BOT_TOKEN];

/** The people whom the data centre of a test knows. */
export const USERS = [
  { id: 1000, firstName: 'Alice', phone: '+99966', username: 'alice' },
  { id: 1001, firstName: 'Bob', phone: '+99967', password: PASSWORD, passwordHint: 'as in the comic' },
  { id: 2000, token: BOT_TOKEN, username: 'echo_bot' },
] as const;

/** A login of Alice at a data centre, with the key of another one beside it. */
export function loginSession(dc: LoopbackDc, auth: Uint8Array): Session {
  return new Session({
    dcs: [
      { id: 2, ipv4Addr: dc.address, auth },
      { id: 4, ipv4Addr: '149.154.167.91:443', auth: sampleKey(4) },
    ],
    user: { id: 1000, dc: 2, bot: false, username: 'alice' },
    state: { pts: 7, qts: 1, date: 1_700_000_000, seq: 1, channels: [] },
  });
}

/** The command line with its environment. */
export interface LoginRuns {
  /** An empty folder. */
  readonly folder: string;
  /** In a terminal. */
  start(args: string[], env?: Record<string, string>): LiveTerminal;
  /** Without a terminal. @param main the command, if not that of this repository */
  run(args: string[], env?: Record<string, string>, main?: string): Promise<Run>;
}

/** Runs in front of data centres, the first one first. After the test no secret may have shown. */
export function loginRuns(...dcs: [LoopbackDc, ...LoopbackDc[]]): LoginRuns {
  const folder = temporaryFolder();
  const beside = emptyFolder();
  const keyFile = join(beside.path, 'key.pem');
  writeFileSync(keyFile, dcs[0].publicKeyPem);
  const around = {
    TGSESSION_TEST_DC: dcs.map(({ id, address }) => `${id}@${address}`).join(),
    TGSESSION_TEST_DC_KEY: keyFile,
    TG_API_ID: '1',
    TG_API_HASH: API_HASH,
    FORCE_COLOR: '',
    MTCUTE_LOG_LEVEL: '5',
  };
  const outputs: (() => string)[] = [];
  onTestFinished(() => {
    beside.remove();
    for (const output of outputs) expectNoSecret(output());
  });
  return {
    folder,
    start(args, env = {}) {
      const terminal = startInTerminal(folder, args, { env: { ...around, ...env } });
      outputs.push(() => terminal.text);
      return terminal;
    },
    async run(args, env = {}, main = MAIN) {
      const child = spawn(process.execPath, [main, ...args], {
        cwd: folder,
        env: { ...process.env, ...around, NO_COLOR: '1', FORCE_COLOR: '0', ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [out, err] = ['', ''];
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        out += chunk;
      });
      child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
        err += chunk;
      });
      const [code] = await once(child, 'close');
      outputs.push(() => out + err);
      return { code, out, err };
    },
  };
}

function expectNoSecret(text: string): void {
  // Not `expect(text)`: if it fails, it must not print the secret either.
  expect(SECRETS.some((secret) => text.includes(secret))).toBe(false);
}
