/** A login of the real client, killed at random moments. */

import { expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import { killLogins } from '../../support/login-kills.ts';
import { startDc } from '../../support/loopback.ts';
import { clientAt } from '../../support/mtcute-client.ts';

const KILLS = 24;

test(`kill -9 at ${KILLS} random moments of a login: what was acknowledged to the client is there`, async () => {
  const dc = await startDc({ users: [{ id: 1000, phone: '+99966' }] });
  await killLogins({
    dc,
    kills: KILLS,
    command: (path) => ['mtcute-login.ts', path, String(dc.port), dc.publicKeyPem],
    async goOn(path) {
      const next = clientAt(dc, new SqliteSession(path));
      const me = await next.client.start({
        phone: '+99966',
        code: async () => '12345',
        codeSentCallback() {},
      });
      expect(me.id).toBe(1000);
      await next.client.destroy();
      expect(next.errors).toEqual([]);
    },
  });
});
