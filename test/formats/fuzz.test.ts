/** Hostile input ends in a session or in a SessionError, and soon. FUZZ_RUNS sets how much of it is tried. */

import { describe, expect, test } from 'vitest';
import { codecs, parseTelethonString, read } from '../../src/formats/index.ts';
import { telethonV1Schema } from '../../src/formats/telethon/v1-write.ts';
import { buildDatabase } from '../../src/sqlite/build.ts';
import { TELETHON_V2_SCHEMA } from '../../src/sqlite/telethon-v2.ts';
import { failure } from '../support/errors.ts';
import { fuzz, fuzzRuns } from '../support/mutate.ts';
import { fixture, fixtures } from '../support/telethon-fixtures.ts';

const LIMIT_MS = 5000;

/** Small ones: a mutant of a large file is hostile in no other way. */
const files = fixtures.filter(({ file }) => file !== 'v10-10k-channels.session');

function inputsOf(format: string): Uint8Array[] {
  return files.filter((one) => one.format.startsWith(format)).map(({ file }) => fixture(file));
}

describe('hostile schemas', () => {
  const FOREVER = 'WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c)';
  const v2 = (replaced: string, by: string) =>
    [...TELETHON_V2_SCHEMA.filter((sql) => !sql.includes(` ${replaced}(`)), by].join(';');
  const v1 = (replaced: string, by: string) =>
    [...telethonV1Schema(7).filter((sql) => !sql.includes(` ${replaced} (`)), by].join(';');
  const BIG = 'hex(zeroblob(400000000))';

  test.each([
    [
      'a view that never ends',
      v2('channelstate', `CREATE VIEW channelstate AS ${FOREVER} SELECT i AS id, i AS pts FROM c`),
    ],
    [
      'a view that never ends',
      v1('entities', `CREATE VIEW entities AS ${FOREVER} SELECT i AS id, i AS hash FROM c`),
    ],
    [
      'a view for the version',
      v2('nothing', `DROP TABLE version; CREATE VIEW version AS ${FOREVER} SELECT i AS version FROM c`),
    ],
    [
      'a computed column',
      v2('channelstate', `CREATE TABLE channelstate(id INTEGER PRIMARY KEY, pts AS (${BIG}))`),
    ],
    [
      'a computed column',
      v1(
        'sessions',
        `CREATE TABLE sessions(dc_id INTEGER PRIMARY KEY, server_address, port, auth_key AS (${BIG}))`,
      ),
    ],
    ['a virtual table', v2('channelstate', 'CREATE VIRTUAL TABLE channelstate USING rtree(id, pts, more)')],
    [
      'a virtual table',
      v1('entities', 'CREATE VIRTUAL TABLE entities USING fts5(id, hash, username, phone, name)'),
    ],
  ])('%s in place of a table is refused at once', async (_, sql) => {
    const bytes = await buildDatabase((db) => db.exec(sql));
    const start = performance.now();
    const error = await failure(() => read({ bytes }), 'DAMAGED').catch(() =>
      failure(() => read({ bytes }), 'FOREIGN_DATABASE'),
    );
    expect(error.message).toMatch(/plain table|another program/);
    expect(performance.now() - start).toBeLessThan(30_000);
  });

  test('views, triggers and indexes beside the tables are never run', async () => {
    const extra = `CREATE VIEW v AS ${FOREVER} SELECT * FROM c; CREATE TABLE other(b, a AS (${BIG}));
      CREATE TRIGGER t INSERT ON user BEGIN SELECT ${BIG}; END; CREATE INDEX i ON channelstate(length(pts))`;
    const bytes = await buildDatabase((db) => db.exec(v2('nothing', extra)));
    const start = performance.now();
    expect((await read({ bytes })).format).toBe('telethon-v2-sqlite');
    expect(performance.now() - start).toBeLessThan(30_000);
  });
});

describe('mutants of real files', () => {
  const names = codecs.map(({ name }) => name).filter((name) => name.startsWith('telethon'));
  test.each(names)('as %s', async (name) => {
    const runs = fuzzRuns(name.includes('sqlite') ? 1500 : 3000);
    const result = await fuzz(inputsOf(name), { runs, seed: 1000, limitMs: LIMIT_MS }, (bytes) =>
      read({ bytes }, { from: name }),
    );
    // Most mutants are broken, but some must come through, or nothing but the outer checks was tried.
    expect(result.refused).toBeGreaterThan(0);
    expect(result.read).toBeGreaterThan(0);
  });

  test('as whatever they seem to be', async () => {
    const inputs = files.map(({ file }) => fixture(file));
    await fuzz(inputs, { runs: fuzzRuns(2000), seed: 1, limitMs: LIMIT_MS }, (bytes) => read({ bytes }));
  });

  test('as texts', async () => {
    await fuzz(inputsOf('telethon-string'), { runs: fuzzRuns(3000), seed: 1, limitMs: 1000 }, (bytes) =>
      parseTelethonString(Buffer.from(bytes).toString('latin1')),
    );
  });
});
