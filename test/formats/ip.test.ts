/** Addresses that are written by the million are taken apart without patterns, and no other way than with them. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isIpv4, splitAddress } from '../../src/address.ts';
import { ipv4AndPort } from '../../src/formats/ip.ts';

test('an IPv4 address with its port is one number; what a data centre would refuse is none', () => {
  const expected = (text: string) => {
    const parts = splitAddress(text);
    if (parts === null || !isIpv4(parts.ip)) return -1;
    return parts.ip.split('.').reduce((sum, part) => sum * 256 + Number(part), 0) * 65536 + parts.port;
  };
  const part = fc.constantFrom('0', '00', '9', '09', '99', '255', '256', '260', '999', '1000');
  const anyIp = fc.tuple(part, part, part, part).map((parts) => parts.join('.'));
  const address = fc
    .tuple(fc.oneof(fc.ipV4(), anyIp), fc.oneof(fc.nat(65535), fc.constantFrom(65536, 65537, 99999, 655350)))
    .map(([ip, port]) => `${ip}:${port}`);
  const spoilt = fc
    .tuple(address, fc.nat(24), fc.constantFrom('', '0', '6', ':', '.', ';', '/', '-', '\n', '\u0131'))
    .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + (at % 2)));
  const any = fc.string({ unit: fc.constantFrom(...'0123456789.: '), maxLength: 22 });
  fc.assert(
    fc.property(fc.oneof(address, spoilt, any), (text) => {
      expect([text, ipv4AndPort(text)]).toEqual([text, expected(text)]);
    }),
    { numRuns: 20_000 },
  );
  for (const value of [null, undefined, 5, ['1.2.3.4:5'], '']) expect(ipv4AndPort(value)).toBe(-1);
});
