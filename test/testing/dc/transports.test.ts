/** Every transport that the clients have reaches the loopback data centre. */

import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { sampleKey } from '../../../src/testing/samples.ts';
import { clientOf, startDc } from '../../support/loopback.ts';

const transports = [
  ['mtcute', 'Intermediate', 'intermediate', false],
  ['mtcute', 'PaddedIntermediate', 'padded intermediate', false],
  ['mtcute', 'Obfuscated Intermediate', 'intermediate', true],
  ['mtcute', 'Obfuscated PaddedIntermediate', 'padded intermediate', true],
  ['telegram', 'ConnectionTCPFull', 'full', false],
  ['telegram', 'ConnectionTCPAbridged', 'abridged', false],
  ['telegram', 'ConnectionTCPObfuscated', 'abridged', true],
  ['teleproto', 'ConnectionTCPFull', 'full', false],
  ['teleproto', 'ConnectionTCPAbridged', 'abridged', false],
  ['teleproto', 'ConnectionTCPObfuscated', 'abridged', true],
] as const;

describe.each(transports)('%s with %s', (name, transport, framing, obfuscated) => {
  test('makes a key, logs in, and sends and gets long messages', async () => {
    const dc = await startDc({ users: [{ id: 1000, phone: '+99966', firstName: 'long '.repeat(400) }] });
    const client = await clientOf(name, dc, { transport });
    await client.connect();
    expect(await client.logIn('+99966', '12345')).toBe(1000);
    expect(await client.getMe()).toBe(1000);
    const seen = dc.log.of('transport').map(({ framing, obfuscated }) => ({ framing, obfuscated }));
    expect(seen).toContainEqual({ framing, obfuscated });
    expect(new Set(seen.map((each) => JSON.stringify(each))).size).toBe(1);
  });
});

describe('what is no transport', () => {
  /** Sends bytes and resolves to the reason why the connection was closed. */
  async function refusalOf(...parts: Buffer[]): Promise<string> {
    const dc = await startDc();
    dc.authKeys.add(sampleKey());
    const socket = connect(dc.port, dc.host);
    socket.on('error', () => {});
    for (const part of parts) socket.write(part);
    const { reason } = await dc.log.until((log) => log.of('refusal')[0]);
    socket.destroy();
    return reason;
  }

  test('is refused: text', async () => {
    expect(await refusalOf(Buffer.alloc(64, 'GET / HTTP/1.1\r\n'))).toMatch(/no transport/);
  });

  test('is refused: a packet that says to be too long', async () => {
    expect(await refusalOf(Buffer.from('eeeeeeeeffffff7f', 'hex'))).toMatch(/too long/);
    expect(await refusalOf(Buffer.from('efffffffff00000000', 'hex'))).toMatch(/too long/);
  });

  test('is refused: a full packet with a wrong checksum', async () => {
    const packet = Buffer.alloc(40);
    packet.writeInt32LE(40);
    expect(await refusalOf(packet)).toMatch(/checksum/);
  });

  test('is refused: a packet too short for a message, in pieces', async () => {
    expect(
      await refusalOf(Buffer.from('eeee', 'hex'), Buffer.from('eeee0400', 'hex'), Buffer.alloc(6)),
    ).toMatch(/too short/);
  });
});
