/** What holds for every format and every fixture, whichever there are: nothing here knows one by name but for exceptions. */

import { readFileSync, statSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SessionError } from '../../src/errors.ts';
import { codecs, read, type Snapshot } from '../../src/formats/index.ts';
import { type AnyFixture, codecNameOf, detectFixture, everyFixture } from '../support/every-fixture.ts';
import { leakIn } from '../support/key-in-text.ts';
import {
  expectExactLosses,
  expectRoundTrips,
  type Through,
  throughFormat,
} from '../support/through-format.ts';

const writable = codecs.filter(({ writes }) => writes.length > 0);
const names = codecs.map(({ name }) => name);

/** Broken strings that are nobody's, and could have been either's: both are named. */
const AMBIGUOUS = ['gramjs/err-negative-length.txt', 'gramjs/err-length-99.txt'];
/** Broken, and by their begin rather of another format than the one that they were made from. */
const OTHERS: Record<string, string> = {
  'gramjs/err-not-base64.txt': 'telethon-string',
  'pyrogram/bad-string-telethon.txt': 'telethon-string',
};

const nameOf = ({ family, file }: AnyFixture) => `${family}/${file}`;

test('every format that says that it can be written has a writer, and the other way round', () => {
  for (const { name, writes, write } of codecs) {
    expect({ name, writes: write !== undefined }).toEqual({ name, writes: writes.length > 0 });
  }
});

describe('any snapshot comes back, but for exactly what was reported as lost', () => {
  const cases = writable.flatMap(({ name, writes }) => writes.map((version) => [name, version] as const));
  test.each(cases)('%s %s', async (name, version) => {
    const runs = 300;
    const count = await expectRoundTrips(name, runs, version === null ? {} : { version });
    expect(count).toBeGreaterThan(runs / 30);
  });
});

describe('every fixture is of one format', () => {
  test.each(everyFixture.map((one) => [nameOf(one), one] as const))('%s', async (name, one) => {
    const found = (await detectFixture(one)).map(({ format }) => format);
    const own = codecNameOf(one);
    if (AMBIGUOUS.includes(name)) {
      expect(found).toHaveLength(2);
      return;
    }
    const expected = OTHERS[name] ?? own;
    if (one.error === undefined && names.includes(own)) expect(found).toEqual([own]);
    // What is broken may be nobody's, and what we cannot read, nobody may claim; but never two.
    else expect(['empty', expected]).toEqual(expect.arrayContaining(found));
    expect(found.length).toBeLessThan(2);
  });
});

/** A good fixture for each format that can be read: the one with the most in it. */
async function bestFixtures(): Promise<[string, AnyFixture, Snapshot[]][]> {
  const best = new Map<string, { one: AnyFixture; snapshots: Snapshot[]; size: number }>();
  for (const one of everyFixture) {
    if (one.error !== undefined || !names.includes(codecNameOf(one))) continue;
    // What we choose not to read is a test of its family.
    const result = await read({ path: one.path }, one.readOptions).catch(() => null);
    if (result === null) continue;
    const { format, snapshots } = result;
    // Many channels or peers are no other than some.
    const size = Math.min(JSON.stringify(one.session ?? one.sessions ?? '').length, 4000);
    const hasKey = snapshots.some(({ session }) => session.dcs.some(({ auth }) => auth !== null));
    if (hasKey && size > (best.get(format)?.size ?? 0)) best.set(format, { one, snapshots, size });
  }
  return [...best].map(([format, { one, snapshots }]) => [format, one, snapshots]);
}

describe('from every format to every other', async () => {
  const sources = await bestFixtures();

  test('there is a good fixture for each format that can be read', () => {
    const missing = names.filter((name) => !sources.some(([format]) => format === name));
    // An empty file has no key, and no real session of MadelineProto is there.
    expect(missing.filter((name) => name !== 'empty' && name !== 'madeline')).toEqual([]);
  });

  const pairs = sources.flatMap(([format, one, snapshots]) =>
    writable.map(({ name }) => [format, name, nameOf(one), snapshots] as const),
  );
  test.each(pairs)('%s to %s (%s)', async (_, to, _name, snapshots) => {
    let written = 0;
    for (const snapshot of snapshots) {
      let through: Through;
      try {
        through = await throughFormat(snapshot, to);
      } catch (error) {
        if (!(error instanceof SessionError)) throw error;
        expect(`${error.code}: ${error.message}`).toMatch(/^(?:CANNOT_HOLD|UNSUPPORTED): \S.{20,}\.$/s);
        continue;
      }
      written++;
      expectExactLosses(snapshot, through);
      const { again, losses } = through;
      const main = (one: Snapshot) => one.session.dcs.find(({ id }) => id === snapshot.mainDc);
      expect(main(again)?.authKeyId ?? null).toBe(main(snapshot)?.authKeyId ?? null);
      if (!losses.some(({ field }) => field === 'session.user')) {
        expect(again.session.user?.id).toBe(snapshot.session.user?.id);
      }
      // The bytes, rather than their id.
      for (const { id, auth } of again.session.dcs) {
        const before = snapshot.session.dcs.find((dc) => dc.id === id)!.auth;
        if (auth !== null) expect(Buffer.compare(auth, before!)).toBe(0);
      }
      for (const { field, message } of losses) expect(`${field}: ${message}`).toMatch(/^[\w.[\]]+: \S.*\.$/);
    }
    if (to.startsWith('tgsession')) expect(written).toBe(snapshots.length);
  });
});

describe('no error gives a key away', async () => {
  const keys: Uint8Array[] = [];
  const seen = new Set<string>();
  for (const one of everyFixture) {
    const result = await read({ path: one.path }, one.readOptions).catch(() => null);
    for (const { session } of result?.snapshots ?? []) {
      for (const { auth } of session.dcs) if (auth !== null) keys.push(auth);
    }
  }

  test.each(everyFixture.map((one) => [nameOf(one), one] as const))(
    '%s, read as every format',
    async (_, one) => {
      const content = statSync(one.path).isFile() ? readFileSync(one.path, 'latin1') : '';
      for (const from of [undefined, ...names]) {
        const error = await read(
          { path: one.path },
          { ...one.readOptions, ...(from !== undefined && { from }) },
        ).then(
          () => null,
          (reason) => reason,
        );
        if (error === null) continue;
        expect(error).toBeInstanceOf(SessionError);
        const text = textOf(error).replaceAll(one.path, '');
        expect(piecesIn(text, content)).toEqual([]);
        if (seen.has(text)) continue;
        seen.add(text);
        for (const key of keys) expect(leakIn(text, key)).toBeNull();
      }
    },
  );
});

/** All that an error says, and the errors underneath. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error ?? '');
  const { field = '', found = '' } = error as Partial<SessionError>;
  return [error.message, field, found, textOf(error.cause)].join('\n');
}

/** Pieces of a text that stand in a file and could be of a secret there: long, with digits and both cases. */
function piecesIn(text: string, content: string): string[] {
  const pieces = [...text.matchAll(/(?=([\w+/=-]{12}))/g)].map(([, piece]) => piece!);
  const isRandom = (piece: string) => /\d/.test(piece) && /[a-z]/.test(piece) && /[A-Z]/.test(piece);
  return pieces.filter((piece) => isRandom(piece) && content.includes(piece));
}
