import { isIPv4, isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isIpv4, isIpv6, splitAddress } from '../src/address.ts';
import { DataCenter } from '../src/index.ts';
import * as arbitrary from './support/arbitraries.ts';

/** Texts that look like addresses: real ones with a fault somewhere. */
const almost = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.ipV4Extended(),
  fc.string({ unit: fc.constantFrom(...'0123456789abfF:.[]%/ \n'), maxLength: 20 }),
  fc
    .tuple(
      fc.oneof(fc.ipV4(), fc.ipV6()),
      fc.nat(40),
      fc.constantFrom('', '0', ':', '.', 'g', '%', '[', '\n', '1'),
    )
    .map(([ip, at, sign]) => ip.slice(0, at) + sign + ip.slice(at + 1)),
);

describe('an IP address', () => {
  test('is told from any other text as Node.js tells it', () => {
    fc.assert(
      fc.property(almost, (text) => {
        expect([text, isIpv4(text)]).toEqual([text, isIPv4(text)]);
        // Node.js takes a zone ("fe80::1%eth0") for part of an address; a data centre has none.
        expect([text, isIpv6(text)]).toEqual([text, isIPv6(text) && !text.includes('%')]);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('an address with its port', () => {
  test('is split at the last colon', () => {
    expect(splitAddress('149.154.167.51:443')).toEqual({ ip: '149.154.167.51', port: 443 });
    expect(splitAddress('2001:67c:4e8:f002::a:443')).toEqual({ ip: '2001:67c:4e8:f002::a', port: 443 });
    expect(splitAddress('::1:80')).toEqual({ ip: '::1', port: 80 });
  });

  test.each(['', ':', ':443', '1.2.3.4', '1.2.3.4:', '1.2.3.4:0', '1.2.3.4:00443', '1.2.3.4:0443'])(
    '%j has no port',
    (text) => expect(splitAddress(text)).toBeNull(),
  );

  test.each(['1.2.3.4:65536', '1.2.3.4:99999999', '1.2.3.4:+1', '1.2.3.4:1e3', '1.2.3.4: 1', '1.2.3.4:1\n'])(
    '%j has a port that is none',
    (text) => expect(splitAddress(text)).toBeNull(),
  );

  test('comes out of a data centre exactly as it went in', () => {
    fc.assert(
      fc.property(arbitrary.ipv4Addr, arbitrary.ipv6Addr, (ipv4Addr, ipv6Addr) => {
        expect({ ...new DataCenter({ id: 1, ipv4Addr, ipv6Addr }) }).toMatchObject({ ipv4Addr, ipv6Addr });
      }),
    );
  });

  test.each([
    ['of IPv6 in the place of IPv4', { ipv4Addr: '::1:443' }, 'DataCenter.ipv4Addr'],
    ['of IPv4 in the place of IPv6', { ipv6Addr: '1.2.3.4:443' }, 'DataCenter.ipv6Addr'],
    ['in brackets', { ipv6Addr: '[::1]:443' }, 'DataCenter.ipv6Addr'],
    ['with a zone', { ipv6Addr: 'fe80::1%eth0:443' }, 'DataCenter.ipv6Addr'],
    ['with a leading zero', { ipv4Addr: '149.154.167.051:443' }, 'DataCenter.ipv4Addr'],
    ['with a number above 255', { ipv4Addr: '149.154.167.256:443' }, 'DataCenter.ipv4Addr'],
    ['with a name', { ipv4Addr: 'venus.web.telegram.org:443' }, 'DataCenter.ipv4Addr'],
    ['of none, as Telethon writes it by mistake', { ipv4Addr: 'None:None' }, 'DataCenter.ipv4Addr'],
    ['of no text', { ipv4Addr: '' }, 'DataCenter.ipv4Addr'],
  ])('%s is refused', (_, fields, field) => {
    expect(() => new DataCenter({ id: 1, ...fields })).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field }),
    );
  });

  test('that is refused is shown, if it is short and looks like one', () => {
    expect(() => new DataCenter({ id: 1, ipv4Addr: 'localhost:443' })).toThrow('but is "localhost:443"');
    expect(() => new DataCenter({ id: 1, ipv4Addr: 'a'.repeat(300) })).toThrow(
      'but is text of 300 characters',
    );
  });
});
