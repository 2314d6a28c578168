/** Messages as they are packed, and packets that are not what they say. */

import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decrypt, encrypt, type Message, MessageIds, unpack } from '../../../src/testing/dc/messages.ts';
import { loadToolkit } from '../../../src/testing/dc/toolkit.ts';
import { sampleKey } from '../../../src/testing/samples.ts';
import { mtcuteClient, startDc } from '../../support/loopback.ts';

const toolkit = await loadToolkit();
const outer = { salt: 1n, sessionId: 2n, id: 3n, seqNo: 0 };
const ints = (...values: number[]) => Buffer.from(Uint32Array.from(values).buffer);
const ping = (id: bigint) => Buffer.from(toolkit.write({ _: 'mt_ping', pingId: id }));
const of = (body: Uint8Array): Message => ({ ...outer, body });

/** TL bytes longer than 253. */
function bytes(data: Uint8Array): Buffer {
  const padding = Buffer.alloc((4 - (data.length % 4)) % 4);
  return Buffer.concat([ints((data.length << 8) | 0xfe), data, padding]);
}

/** TL bytes shorter than 254. */
function shortBytes(data: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(data.length), data, Buffer.alloc(3 - (data.length % 4))]);
}

function container(...bodies: Buffer[]): Buffer {
  const messages = bodies.map((body, i) => Buffer.concat([ints(i + 10, 0, i, body.length), body]));
  return Buffer.concat([ints(0x73f1f8dc, bodies.length), ...messages]);
}

describe('a message is unpacked', () => {
  test('out of a container, and out of what is packed, in order', () => {
    const gzip = gzipSync(container(ping(7n), ping(9n)), { level: 0 });
    const packed = Buffer.concat([ints(0x3072cfa1), shortBytes(gzip)]);
    for (const body of [container(ping(7n), ping(9n)), packed]) {
      const unpacked = unpack(toolkit, of(body));
      expect(unpacked.map(({ id, seqNo }) => [id, seqNo])).toEqual([
        [10n, 0],
        [11n, 1],
      ]);
      expect(unpacked.map((each) => toolkit.read(each.body).object.pingId)).toEqual([7n, 9n]);
    }
  });

  test.each<[string, Buffer, RegExp]>([
    ['nothing', Buffer.alloc(0), /empty/],
    ['a container in a container', container(container(ping(1n))), /too much/],
    ['a container that holds more than it has', ints(0x73f1f8dc, 1021), /too much/],
    ['a container whose message is longer than it', ints(0x73f1f8dc, 1, 1, 0, 0, 4000), /ends before/],
    ['what is no gzip', Buffer.concat([ints(0x3072cfa1), bytes(Buffer.alloc(300, 1))]), /header/],
    [
      'what unpacks to more than 16 MB',
      Buffer.concat([ints(0x3072cfa1), bytes(gzipSync(Buffer.alloc(2 ** 25)))]),
      /larger than/,
    ],
  ])('and is refused: %s', (_, body, message) => {
    expect(() => unpack(toolkit, of(body))).toThrow(message);
  });
});

describe('an encrypted packet', () => {
  const key = sampleKey(1);
  const packet = () => Buffer.from(encrypt(toolkit, '0011223344556677', key, of(ping(5n))));

  test('of a server is not taken for one of a client', () => {
    expect(() => decrypt(toolkit, key, packet())).toThrow(/message key/);
  });

  test('with any bit changed is refused', () => {
    for (let at = 8; at < packet().length; at += 7) {
      const changed = packet();
      changed[at]! ^= 1;
      expect(() => decrypt(toolkit, key, changed)).toThrow(/message key/);
    }
  });
});

test('ids of messages rise, and say whether they answer', () => {
  const ids = new MessageIds();
  const made = Array.from({ length: 100 }, (_, i) => ids.next(i % 2 === 0 ? 'answer' : 'notification'));
  expect(made.map((id) => Number(id & 3n))).toEqual(made.map((_, i) => (i % 2 === 0 ? 1 : 3)));
  expect(made.every((id, i) => i === 0 || id > made[i - 1]!)).toBe(true);
});

test('a long text, which mtcute packs, arrives whole', async () => {
  const dc = await startDc({ users: [{ id: 1000, username: 'alice' }] });
  dc.authKeys.add(sampleKey(1), 1000);
  const { client } = await mtcuteClient(dc, { authKey: sampleKey(1) });
  await client.getMe();
  const text = 'long '.repeat(2000);
  await client.sendText('me', text);
  expect(dc.log.requests('messages.sendMessage')[0]!.request.message).toBe(text);
});
