import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, test } from 'vitest';
import { RedisSessions } from '../../../src/stores/redis/index.ts';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { storageConformance } from '../../../src/testing/index.ts';
import { backendSuite } from '../../support/backend-suite.ts';
import { CLIENTS, findRedis, type OpenClient, removeKeys } from '../../support/redis.ts';

const server = await findRedis();
afterAll(() => server?.stop());

describe.each(Object.entries(CLIENTS))('Redis, through %s', (_, connect) => {
  describe('keeps what every backend promises', () => {
    backendSuite(async () => {
      const prefix = `tgsession-test-${randomUUID()}:`;
      const clients: OpenClient[] = [];
      return {
        async open() {
          const opened = await connect(server!.url);
          clients.push(opened);
          return new RedisBackend(opened.client, { prefix });
        },
        async remove() {
          for (const { close } of clients) await close();
          await removeKeys(server!.url, prefix);
        },
      };
    }, server === null);
  });

  describe('keeps what every storage promises', () => {
    const cases = storageConformance({
      async open() {
        const prefix = `tgsession-test-${randomUUID()}:`;
        const opened = await connect(server!.url);
        return {
          storage: () => new RedisSessions(opened.client, { prefix }).session('alice'),
          persistent: true,
          hold: true,
          peers: true,
          async cleanup() {
            await opened.close();
            await removeKeys(server!.url, prefix);
          },
        };
      },
    });
    test.skipIf(server === null).each(cases)('$name', ({ run }) => run());
  });
});

test('what is no client of Redis is refused', () => {
  for (const client of [null, {}, { query() {} }]) {
    expect(() => new RedisSessions(client as never)).toThrow(
      expect.objectContaining({ code: 'INVALID_VALUE', field: 'client' }),
    );
  }
});
