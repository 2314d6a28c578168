import { PGlite } from '@electric-sql/pglite';
import postgres from 'postgres';
import { afterAll, describe } from 'vitest';
import type { PostgresClient } from '../../../src/stores/postgres/client.ts';
import { PostgresBackend } from '../../../src/stores/postgres/postgres-backend.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { dropSchema, noPostgres, postgresUrl, testPool, testSchema } from '../../support/postgres.ts';

const pool = noPostgres ? null : testPool();
const sql = noPostgres ? null : postgres(postgresUrl!, { max: 5, onnotice: () => {} });
afterAll(async () => {
  await sql?.end();
});

function placeOn(client: PostgresClient | null, prepare = true) {
  return async () => {
    const schema = testSchema();
    return {
      open: () => new PostgresBackend(client!, { schema, prepare }),
      remove: () => dropSchema(pool!, schema),
    };
  };
}

describe('with a Pool of pg', () => backendSuite(placeOn(pool), noPostgres));

describe('with a Pool of pg, unprepared', () => backendSuite(placeOn(pool, false), noPostgres));

describe('with a Client of pg for each', () =>
  backendSuite(async () => {
    const schema = testSchema();
    const clients: (() => Promise<void>)[] = [];
    return {
      open: async () => {
        const client = new (await import('pg')).default.Client(postgresUrl!);
        await client.connect();
        clients.push(() => client.end());
        return new PostgresBackend(client, { schema });
      },
      remove: async () => {
        for (const end of clients) await end();
        await dropSchema(pool!, schema);
      },
    };
  }, noPostgres));

describe('with postgres', () => backendSuite(placeOn(sql), noPostgres));

describe('with PGlite', () => {
  const database = new PGlite();
  let last = 0;
  afterAll(() => database.close());
  backendSuite(async () => {
    const schema = `s${++last}`;
    return {
      open: () => new PostgresBackend(database, { schema }),
      remove: async () => {
        await database.exec(`DROP SCHEMA ${schema} CASCADE`);
      },
    };
  });
});
