/** Why one handshake of 256 is made twice: a key that begins with a zero. The client's secret and ours are chosen here. */

import { createDiffieHellman, createHash } from 'node:crypto';
import { NodeCryptoProvider } from '@mtcute/node/utils.js';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DH_PRIME } from '../../../src/testing/dc/dh-prime.ts';
import { mtcuteClient, startDc } from '../../support/loopback.ts';

const group = createDiffieHellman(DH_PRIME, Buffer.of(3));

/** Secrets to choose from, the same in every run. */
function secret(number: number, length: number): Buffer {
  const parts = Array.from({ length: 8 }, (_, i) => createHash('sha256').update(`${number} ${i}`).digest());
  return Buffer.concat(parts).subarray(0, length);
}

const publicOf = (exponent: Buffer) => {
  group.setPrivateKey(exponent);
  return group.generateKeys();
};
const keyOf = (ours: Buffer, theirs: Buffer) => {
  const gA = publicOf(ours);
  group.setPrivateKey(theirs);
  return group.computeSecret(gA);
};
/** Node.js gives numbers without the zeros in front, or with them. */
const beginsWithZero = (number: Buffer) => BigInt(`0x${number.toString('hex')}`) >> 2040n === 0n;

/** Our secret and the client's of a number. */
const pair = (number: number): [Buffer, Buffer] => [secret(number, 255), secret(-number, 256)];

/** Lets the first handshake be made of these; its random bytes are those of mtcute on both sides. */
function choose([ours, theirs]: [Buffer, Buffer]): void {
  const chosen = new Map([
    [255, [ours]],
    [256, [theirs]],
  ]);
  const { randomBytes } = NodeCryptoProvider.prototype;
  const spy = vi.spyOn(NodeCryptoProvider.prototype, 'randomBytes').mockImplementation(function (
    this: NodeCryptoProvider,
    size: number,
  ) {
    return new Uint8Array(chosen.get(size)?.shift() ?? randomBytes.call(this, size));
  });
  onTestFinished(() => spy.mockRestore());
}

async function handshakes(): Promise<{ made: string[]; used: string }> {
  const dc = await startDc({ users: [{ id: 3000, token: '3000:token' }] });
  const client = await mtcuteClient(dc);
  expect(await client.logInBot('3000:token')).toBe(3000);
  const made = dc.log.of('handshake').map(({ authKeyId }) => authKeyId);
  return { made, used: dc.log.requests('auth.importBotAuthorization')[0]!.authKeyId };
}

test('mtcute 0.29 drops the zero in front of a key, takes the rest for another key, and makes a new one', async () => {
  // The first number for which it is so; the others below as well.
  const chosen = pair(38);
  expect(beginsWithZero(keyOf(...chosen))).toBe(true);
  choose(chosen);
  const { made, used } = await handshakes();
  expect(made).toHaveLength(2);
  expect(used).toBe(made[1]);
});

test.each<[string, number, (ours: Buffer, theirs: Buffer) => Buffer]>([
  ['g_a', 436, (ours) => publicOf(ours)],
  ['g_b', 174, (_, theirs) => publicOf(theirs)],
])('a handshake where %s begins with a zero is finished', async (_, number, of) => {
  const chosen = pair(number);
  expect([beginsWithZero(of(...chosen)), beginsWithZero(keyOf(...chosen))]).toEqual([true, false]);
  choose(chosen);
  const { made, used } = await handshakes();
  expect(made).toEqual([used]);
});
