import pg from 'pg';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PostgresBackend } from '../../../src/stores/postgres/postgres-backend.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { hasPgbouncer, startPgbouncer } from '../../support/pgbouncer.ts';
import { dropSchema, testPool, testSchema } from '../../support/postgres.ts';

test('pgbouncer is there for the tests (skipped where it is not, but on CI)', ({ skip }) => {
  if (process.env.CI === undefined && !hasPgbouncer) skip('no /usr/sbin/pgbouncer');
  expect(hasPgbouncer).toBe(true);
});

describe('behind a pooler that hands out another connection for each transaction', () => {
  let pooler: Awaited<ReturnType<typeof startPgbouncer>>;
  let pool: pg.Pool;
  let sql: postgres.Sql;
  beforeAll(async () => {
    if (!hasPgbouncer) return;
    pooler = await startPgbouncer();
    pool = new pg.Pool({ connectionString: pooler.url, max: 8 });
    sql = postgres(pooler.url, { max: 5, prepare: false, onnotice: () => {} });
  });
  afterAll(async () => {
    await pool?.end();
    await sql?.end();
    await pooler?.stop();
  });

  const place = (open: (schema: string) => PostgresBackend) => async () => {
    const schema = testSchema();
    return { open: () => open(schema), remove: () => dropSchema(testPool({ max: 1 }), schema) };
  };

  describe('with pg, told so', () =>
    backendSuite(
      place((schema) => new PostgresBackend(pool, { schema, prepare: false })),
      !hasPgbouncer,
      false,
    ));

  describe('with pg, not told', () =>
    backendSuite(
      place((schema) => new PostgresBackend(pool, { schema })),
      !hasPgbouncer,
      false,
    ));

  describe('with postgres', () =>
    backendSuite(
      place((schema) => new PostgresBackend(sql, { schema, prepare: false })),
      !hasPgbouncer,
      false,
    ));
});
