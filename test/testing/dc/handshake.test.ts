/** The handshake: keys of all kinds, and clients that do it wrong. */

import { createDiffieHellman, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { authKeyId } from '../../../src/auth-key.ts';
import { Handshake } from '../../../src/testing/dc/handshake.ts';
import { rsaKey } from '../../../src/testing/dc/rsa-key.ts';
import type { TlObject } from '../../../src/testing/dc/tl-object.ts';
import { loadToolkit, type Toolkit } from '../../../src/testing/dc/toolkit.ts';
import { clientNames, clientOf, gramjsClient, mtcuteClient, startDc } from '../../support/loopback.ts';

const HANDSHAKES = 24;

describe.each(clientNames)('%s', (name) => {
  test(`makes ${HANDSHAKES} keys, and both sides have the same`, async () => {
    const dc = await startDc({ users: [{ id: 3000, token: '3000:token' }] });
    for (let i = 0; i < HANDSHAKES; i++) {
      const client = await clientOf(name, dc);
      await client.connect();
      await client.logInBot('3000:token');
      const id = authKeyId((await client.authKey())!);
      expect(dc.log.of('handshake').map(({ authKeyId: made }) => made)).toContain(id);
      await client.close();
    }
  });
});

test('a client names the data centre that it means: test servers by 10000 more', async () => {
  const dc = await startDc({ id: 3, testMode: true, users: [{ id: 3000, token: '3000:token' }] });
  const client = await mtcuteClient(dc);
  await client.logInBot('3000:token');
  expect(dc.log.of('handshake').map((entry) => entry.dc)).toEqual([10003]);
});

test('a client that means another data centre is sent away with -444', async () => {
  const dc = await startDc({ id: 2 });
  const client = await mtcuteClient(dc, {
    more: { defaultDcs: { main: dcOption(4, dc.port), media: dcOption(4, dc.port) } },
  });
  void client.connect();
  void client.logInBot('1:x').catch(() => {});
  const { reason } = await dc.log.until((log) => log.of('refusal')[0]);
  expect(reason).toBe('-444');
});

function dcOption(id: number, port: number) {
  return { id, ipAddress: '127.0.0.1', port };
}

test('a temporary key stands for the permanent one once it is bound to it (mtcute)', async () => {
  const dc = await startDc({ users: [{ id: 3000, token: '3000:token' }] });
  const client = await mtcuteClient(dc, { more: { network: { usePfs: true } } });
  expect(await client.logInBot('3000:token')).toBe(3000);
  const [permanent, temporary] = dc.log.of('handshake');
  expect([permanent!.temporary, temporary!.temporary]).toEqual([false, true]);
  expect(dc.log.methods[0]).toBe('auth.bindTempAuthKey');
  expect(dc.authKeys.userOf(permanent!.authKeyId)).toBe(3000);
  expect(dc.authKeys.userOf(temporary!.authKeyId)).toBeNull();
});

test('a client that does not trust the RSA key goes no further', async () => {
  const dc = await startDc();
  const client = await gramjsClient('teleproto', dc, { more: { connectionRetries: 1 } });
  const { _serverKeys } = await import('teleproto/crypto/RSA.js');
  const name = `${dc.publicKey.fingerprint}`;
  const key = _serverKeys.get(name)!;
  _serverKeys.delete(name);
  await expect(client.connect()).rejects.toThrow(/fingerprint/);
  _serverKeys.set(name, key);
  expect(dc.log.of('handshake')).toEqual([]);
});

describe('a client of our own', async () => {
  const toolkit = await loadToolkit();
  const rsa = await rsaKey();
  const nonce = Uint8Array.from({ length: 16 }, (_, i) => i);
  const newNonce = Uint8Array.from({ length: 32 }, (_, i) => i * 3);

  /** The steps up to the last, as a client takes them. */
  function begin(changes: object = {}, inner: object = {}) {
    const handshake = new Handshake(toolkit, rsa);
    const { serverNonce, pq } = handshake.answer({ _: 'mt_req_pq_multi', nonce }).answer as never as Record<
      string,
      Uint8Array
    >;
    const [p, q] = [Buffer.from('494c553b', 'hex'), Buffer.from('53911073', 'hex')];
    const data = { pq, p, q, nonce, serverNonce, newNonce, dc: 2, ...inner };
    const encryptedData = rsaPad(toolkit, rsa, toolkit.write({ _: 'mt_p_q_inner_data_dc', ...data }));
    const request = { _: 'mt_req_DH_params', nonce, serverNonce, p, q };
    const offer = handshake.answer({
      ...request,
      publicKeyFingerprint: rsa.fingerprint,
      encryptedData,
      ...changes,
    });
    const cipher = toolkit.handshakeCipher(serverNonce!, newNonce);
    const plain = cipher.decrypt(offer.answer.encryptedAnswer as Uint8Array);
    const { dhPrime, gA } = toolkit.read(plain, 20).object as never as Record<string, Uint8Array>;
    const finish = (gB: Uint8Array) => {
      const ours = toolkit.write({
        _: 'mt_client_DH_inner_data',
        nonce,
        serverNonce,
        retryId: 0n,
        gB,
      } as TlObject);
      const whole = Buffer.concat([toolkit.crypto.sha1(ours), ours]);
      const padded = Buffer.concat([whole, Buffer.alloc((16 - (whole.length % 16)) % 16)]);
      const encryptedData = cipher.encrypt(padded);
      return handshake.answer({ _: 'mt_set_client_DH_params', nonce, serverNonce, encryptedData });
    };
    return { dhPrime: dhPrime!, gA: gA!, finish };
  }

  test('gets a key of 256 bytes, also one that begins with zero', () => {
    const { dhPrime, gA, finish } = begin();
    const dh = createDiffieHellman(Buffer.from(dhPrime), 3);
    let secret: Buffer;
    do {
      dh.setPrivateKey(randomBytes(255));
      dh.generateKeys();
      secret = dh.computeSecret(gA);
    } while (BigInt(`0x${secret.toString('hex')}`) >> 2040n !== 0n);
    const { made, answer } = finish(dh.getPublicKey());
    const key = Buffer.concat([Buffer.alloc(256 - secret.length), secret]);
    expect(Buffer.from(made!.key).equals(key)).toBe(true);
    expect(key[0]).toBe(0);
    const hash = toolkit.crypto.sha1(
      Buffer.concat([newNonce, Buffer.of(1), toolkit.crypto.sha1(key).subarray(0, 8)]),
    );
    expect(answer).toMatchObject({ _: 'mt_dh_gen_ok', newNonceHash1: hash.subarray(4, 20) });
  });

  test('meets another exponent of the server each time', () => {
    expect(Buffer.from(begin().gA).equals(begin().gA)).toBe(false);
  });

  test.each<[string, object, object, RegExp]>([
    ['nonce', { nonce: new Uint8Array(16) }, {}, /nonce/],
    ['server nonce', { serverNonce: new Uint8Array(16) }, {}, /server nonce/],
    ['factor', { p: Buffer.of(3) }, {}, /The p /],
    ['RSA key', { publicKeyFingerprint: 1n }, {}, /another RSA key/],
    ['encrypted data', { encryptedData: new Uint8Array(256).fill(1) }, {}, /RSA_PAD/],
    ['inner nonce', {}, { nonce: new Uint8Array(16) }, /inner nonce/],
    ['inner pq', {}, { pq: Buffer.of(9) }, /The pq /],
  ])('is refused with a wrong %s', (_, outer, inner, message) => {
    expect(() => begin(outer, inner)).toThrow(message);
  });

  test('is refused when it begins with the end', () => {
    const handshake = new Handshake(toolkit, rsa);
    const end = {
      _: 'mt_set_client_DH_params',
      nonce,
      serverNonce: nonce,
      encryptedData: new Uint8Array(16),
    };
    expect(() => handshake.answer(end)).toThrow(/nonce/);
  });
});

/** RSA_PAD as the documentation describes it. */
function rsaPad(
  { crypto }: Toolkit,
  { modulus, exponent }: { modulus: bigint; exponent: bigint },
  data: Uint8Array,
): Uint8Array {
  const padded = Buffer.concat([data, crypto.randomBytes(192 - data.length)]);
  for (;;) {
    const key = crypto.randomBytes(32);
    const withHash = Buffer.concat([
      Buffer.from(padded).reverse(),
      crypto.sha256(Buffer.concat([key, padded])),
    ]);
    const encrypted = crypto.createAesIge(key, new Uint8Array(32)).encrypt(withHash);
    const digest = crypto.sha256(encrypted);
    const hidden = Buffer.concat([key.map((byte, i) => byte ^ digest[i]!), encrypted]);
    const number = BigInt(`0x${hidden.toString('hex')}`);
    if (number >= modulus) continue;
    let [result, power] = [1n, number];
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
      if ((rest & 1n) === 1n) result = (result * power) % modulus;
      power = (power * power) % modulus;
    }
    return Buffer.from(result.toString(16).padStart(512, '0'), 'hex');
  }
}
