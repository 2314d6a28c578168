/** A login of the real clients, killed at random moments. */

import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { keptClient, packages } from '../../support/gramjs-session.ts';
import { killLogins } from '../../support/login-kills.ts';
import { startDc } from '../../support/loopback.ts';

const KILLS = 12;
const { describeDc } = (await import(join(import.meta.dirname, '../../../examples/loopback.mjs'))) as {
  describeDc(dc: LoopbackDc): string;
};

test.each(packages)(
  `%s: kill -9 at ${KILLS} random moments of a login: what was acknowledged to the client is there`,
  async (name) => {
    const dc = await startDc({ users: [{ id: 1000, phone: '+99966' }] });
    await killLogins({
      dc,
      kills: KILLS,
      command: (path) => ['gramjs-login.ts', name, path, describeDc(dc)],
      async goOn(path) {
        const next = keptClient(name, dc, new SqliteSession(path));
        await next.connect();
        if (!(await next.client.isUserAuthorized())) await next.logIn('+99966', '12345');
        expect(await next.getMe()).toBe(1000);
        await next.close();
        expect(next.errors).toEqual([]);
      },
    });
  },
);
