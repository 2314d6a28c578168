/**
 * For tests only: other data centres than Telegram's, on this machine (docs/loopback-dc.md).
 *
 * `TGSESSION_TEST_DC` is a list such as `2@127.0.0.1:20000,4@127.0.0.1:20001`, the one to begin with first;
 * `TGSESSION_TEST_DC_KEY` is a file with their public RSA key.
 */

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { UsageError } from '../command.ts';
import { warn } from '../print.ts';

/** A data centre for tests. */
export interface TestDc {
  id: number;
  ipAddress: string;
  port: number;
}

/** Where to connect in place of Telegram. */
export interface TestNetwork {
  dcs: readonly TestDc[];
  /** The RSA key that is trusted beside Telegram's, as PEM. */
  publicKey: string;
}

/** What the environment says, with a warning; null where it says nothing. @throws UsageError for another machine */
export function testNetwork(environment: NodeJS.ProcessEnv = process.env): TestNetwork | null {
  const { TGSESSION_TEST_DC: list = '', TGSESSION_TEST_DC_KEY: keyFile = '' } = environment;
  if (list === '' && keyFile === '') return null;
  if (list === '' || keyFile === '') {
    throw new UsageError('TGSESSION_TEST_DC and TGSESSION_TEST_DC_KEY go together, and are for tests only.');
  }
  const dcs = list.split(',').map(testDc);
  const publicKey = readKey(keyFile);
  warn(`TGSESSION_TEST_DC is set: this connects to ${list} and not to Telegram.`);
  return { dcs, publicKey };
}

function readKey(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new UsageError('TGSESSION_TEST_DC_KEY names no file that can be read.');
  }
}

function testDc(text: string): TestDc {
  const [, id, ipAddress, port] = /^(\d{1,5})@([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  if (id === undefined || isIP(ipAddress!) === 0) {
    throw new UsageError('TGSESSION_TEST_DC takes NUMBER@127.0.0.1:PORT, several with commas between.');
  }
  if (!isLoopback(ipAddress!)) {
    throw new UsageError(
      `TGSESSION_TEST_DC names ${ipAddress}, which is not this machine. It is for tests on the loopback interface only: a session is never sent anywhere else but to Telegram.`,
    );
  }
  return { id: Number(id), ipAddress: ipAddress!, port: Number(port) };
}

/** Whether an address is this machine itself. */
export function isLoopback(ip: string): boolean {
  return (isIP(ip) === 4 && ip.startsWith('127.')) || ip === '::1';
}
