/** A login of the real clients, killed at random moments. */

import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { keptClient, packages } from '../../support/gramjs-session.ts';
import { killLogins } from '../../support/login-kills.ts';
import { startDc } from '../../support/loopback.ts';

const KILLS = 12;

test.each(packages)(
  `%s: kill -9 at ${KILLS} random moments of a login: what was acknowledged to the client is there`,
  async (name) => {
    const dc = await startDc({ users: [{ id: 1000, phone: '+99966' }] });
    await killLogins({
      dc,
      kills: KILLS,
      command: (path) => ['gramjs-login.ts', name, path, JSON.stringify(dc)],
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
