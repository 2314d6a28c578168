/** Hostile folders of Telegram for Android end in a snapshot or in a SessionError, and soon. */

import { expect, test } from 'vitest';
import { SessionError } from '../../../src/errors.ts';
import { read } from '../../../src/formats/index.ts';
import { TlWriter } from '../../../src/formats/tl.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { fuzz, fuzzRuns } from '../../support/mutate.ts';

const family = new Family('android');
const TGNET = 'files/tgnet.dat';
const XML = 'shared_prefs/userconfing.xml';
const good = family.fixtures
  .filter(({ file, error }) => error === undefined && file !== 'account-1' && file !== 'no-userconfig')
  .map(({ file }) => file);
const options = { runs: fuzzRuns(4000), seed: 17, limitMs: 1000 };

async function readFolder(files: [string, Uint8Array][]): Promise<void> {
  const { snapshots } = await read({ files: new Map(files) }, { from: 'android' });
  for (const { session } of snapshots) {
    for (const { auth } of session.dcs) expect([undefined, 256]).toContain(auth?.length);
  }
}

test('mutants of tgnet.dat', async () => {
  const inputs = good.map((file) => family.bytes(`${file}/${TGNET}`));
  const xml = family.bytes(`user-full-tl/${XML}`);
  const readMutant = (bytes: Uint8Array) =>
    readFolder([
      [TGNET, bytes],
      [XML, xml],
    ]);
  const result = await fuzz(inputs, options, readMutant);
  expect(result.read).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
  // Damage deeper in, where the size is right.
  const bodies = inputs.map((bytes) => bytes.slice(4));
  await fuzz(bodies, options, (body) => {
    const size = new Uint8Array(4);
    new DataView(size.buffer).setUint32(0, body.length, true);
    return readMutant(Uint8Array.of(...size, ...body));
  });
  await fuzz(inputs, options, (bytes) => read({ bytes }));
});

test('mutants of userconfing.xml, and of the user in it', async () => {
  const tgnet = family.bytes(`user-full-tl/${TGNET}`);
  const readMutant = (bytes: Uint8Array) =>
    readFolder([
      [TGNET, tgnet],
      [XML, bytes],
    ]);
  const result = await fuzz(
    good.map((file) => family.bytes(`${file}/${XML}`)),
    options,
    readMutant,
  );
  expect(result.read).toBeGreaterThan(0);
  expect(result.refused).toBeGreaterThan(0);
  const users = good.map((file) => {
    const [, base64] = /"user">([^<&]*)/.exec(Buffer.from(family.bytes(`${file}/${XML}`)).toString())!;
    return new Uint8Array(Buffer.from(base64!, 'base64'));
  });
  const inner = await fuzz(users, options, (user) => {
    const base64 = Buffer.from(user).toString('base64');
    return readMutant(new TextEncoder().encode(`<map><string name="user">${base64}</string></map>`));
  });
  expect(inner.read).toBeGreaterThan(0);
  expect(inner.refused).toBeGreaterThan(0);
});

/** How long reading or a refusal takes, in milliseconds; the best of three, as the machine may be busy. */
async function timeOf(files: [string, Uint8Array][]): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < 3; i++) {
    const start = performance.now();
    await readFolder(files).catch((error) => expect(error).toBeInstanceOf(SessionError));
    times.push(performance.now() - start);
  }
  return Math.min(...times);
}

/** A file with as many data centres, and as many addresses of each, as are read. */
function crowded(): Uint8Array {
  const writer = new TlWriter().int(5).bool(false).bool(false).string('').bool(true);
  writer.int(1).int(0).int(0).long(0n).bool(false).int(0).int(0).int(100);
  for (let id = 1; id <= 100; id++) {
    writer.int(13).int(id).int(0).int(0);
    for (let list = 0; list < 4; list++) {
      writer.int(200);
      for (let i = 0; i < 200; i++) writer.string('2001:67c:4e8:f002::a').int(443).int(0).string('');
    }
    writer.bool(false).int(0).long(0n).int(0).long(0n).int(0).long(0n).int(0);
    // Salts are passed over without being looked at.
    for (let list = 0; list < 2; list++) writer.int(1000).raw(...new Uint8Array(16_000));
  }
  const body = writer.done();
  const tgnet = new Uint8Array(4 + body.length);
  new DataView(tgnet.buffer).setUint32(0, body.length, true);
  tgnet.set(body, 4);
  return tgnet;
}

test('as many data centres and addresses as are read, and one more of each', async () => {
  const tgnet = crowded();
  const { snapshots } = await read({ files: new Map([[TGNET, tgnet]]) });
  expect(snapshots[0]!.session.dcs).toHaveLength(100);
  expect(await timeOf([[TGNET, tgnet]])).toBeLessThan(1000);
  // The count of data centres, and that of the first one's addresses.
  for (const [at, field] of [
    [56, 'datacenters'],
    [76, 'datacenters[0].addressesIpv4'],
  ] as const) {
    const more = tgnet.slice();
    more[at]!++;
    await failure(() => readFolder([[TGNET, more]]), 'INVALID_VALUE', `${TGNET}.${field}`);
  }
});

test('256 KiB of nothing but the begin of something in XML', async () => {
  const tgnet = family.bytes(`user-full-tl/${TGNET}`);
  for (const part of [
    '<a>',
    '<a ',
    '<a b="">',
    '<a b="" ',
    '&#',
    '&',
    ' ',
    '<a/>',
    '"',
    '&lt;',
    '<a b="&lt;"/>',
  ]) {
    const xml = new TextEncoder().encode(`<map>${part.repeat((256 * 1024) / part.length - 10)}`);
    expect(
      await timeOf([
        [TGNET, tgnet],
        [XML, xml],
      ]),
    ).toBeLessThan(1000);
  }
});
