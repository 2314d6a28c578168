import { afterAll, expect, test } from 'vitest';
import { RedisBackend } from '../../../src/stores/redis/redis-backend.ts';
import { heldWith, LONG, put, TAKER } from '../../support/backend-steps.ts';
import { CLIENTS, noRedis, startRedis } from '../../support/redis.ts';
import { fullSession } from '../../support/sessions.ts';

const server = noRedis ? null : await startRedis();
afterAll(() => server?.stop());

test.skipIf(noRedis)('a claim does not look at all that is held, whatever the filter', async () => {
  const { client, close } = await CLIENTS.ioredis(server!.url);
  let commands = 0;
  const counting = {
    call(command: string, args: string[]) {
      commands++;
      return client.call(command, args);
    },
    duplicate: () => client.duplicate(),
  };
  const backend = new RedisBackend(counting as never, {});
  await backend.prepare();
  const names = Array.from({ length: 1200 }, (_, i) => `s${String(i).padStart(4, '0')}`);
  const free = names.slice(-10);
  await Promise.all(
    names.map(async (name) => {
      if (free.includes(name)) await put(backend, name, fullSession());
      else await heldWith(backend, name, fullSession());
    }),
  );
  for (const filter of [{}, { dc: 2 }, { bot: false }, { userId: 811432825 }]) {
    commands = 0;
    const request = { taker: TAKER, ttl: LONG, limit: 10, filter: { status: 'ok', ...filter } as const };
    const claimed = await backend.claim(request);
    expect(claimed.map(({ name }) => name).sort()).toEqual(free);
    expect(commands).toBeLessThan(100);
    for (const lease of claimed) await backend.release(lease);
  }
  await close();
});
