/**
 * A session goes from each client to each other one through the files that the clients keep peers in themselves: the folder
 * of `StoreSession`, and the database of mtcute. `tgsession convert` is all that happens in between.
 */

import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SqliteSession } from '../../../src/sqlite/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { tgsession } from '../../support/cli.ts';
import { type ClientName, clientNames } from '../../support/drivers/index.ts';
import { addChannel, OWN_FORMAT, OWN_NAME, onOwnFile } from '../../support/drivers/own-files.ts';
import { keyIdsOf, quiet, start, stored, users } from '../../support/drivers/run.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { startDc } from '../../support/loopback.ts';

const pairs = clientNames.flatMap((from) =>
  clientNames.filter((to) => to !== from).map((to) => [from, to] as const),
);

/** A file of a client's own, with a login of Alice, who has met Robert and a channel. */
async function madeBy(name: ClientName, dc: LoopbackDc) {
  addChannel(dc);
  const folder = temporaryFolder();
  const said = await onOwnFile(name, folder, dc, 'login');
  await quiet(dc);
  const keyId = dc.log.requests('auth.signIn').at(-1)!.authKeyId;
  expect(dc.log.requests('contacts.resolveUsername')).toHaveLength(2);
  dc.log.clear();
  return { path: join(folder, OWN_NAME[name]), said, keyId };
}

function convert(from: string, format: string, to: string): void {
  const { code, err } = tgsession(temporaryFolder(), ['convert', from, '--to', format, '-o', to]);
  expect(code, err).toBe(0);
}

/** That whoever came had the key, did not log in, and asked for nobody but itself. */
function expectNobodyAskedFor(dc: LoopbackDc, keyId: string): void {
  expect(dc.log.of('handshake')).toEqual([]);
  const requests = dc.log.requests();
  expect(requests.length).toBeGreaterThan(0);
  for (const { authKeyId, method, request } of requests) {
    expect(authKeyId).toBe(keyId);
    expect(method).not.toMatch(/^(auth|contacts|channels|messages)\./);
    if (method === 'users.getUsers') expect(request.id).toEqual([{ _: 'inputUserSelf' }]);
  }
  dc.log.clear();
}

describe('through the files of their own', () => {
  test.each(pairs)(
    'from %s to %s: no handshake, the same user, and both peers without asking for them',
    async (from, to) => {
      const dc = await startDc({ users });
      const { path, said, keyId } = await madeBy(from, dc);
      const folder = temporaryFolder();
      convert(path, OWN_FORMAT[to], join(folder, OWN_NAME[to]));
      expect(await onOwnFile(to, folder, dc, 'resume')).toEqual(said);
      expectNobodyAskedFor(dc, keyId);
    },
  );
});

describe('through a session file of ours', () => {
  test.each(pairs)(
    'from the file of %s to %s on our adapter, and back: whom either has met, both can reach',
    async (from, to) => {
      const dc = await startDc({ users: [...users, CAROL] });
      const { path, said, keyId } = await madeBy(from, dc);
      const ours = join(temporaryFolder(), 'ours.session');
      convert(path, 'telethon-v2-sqlite', ours);

      const driver = await start(to, new SqliteSession(ours), dc);
      expect(await driver.me()).toBe(said.me);
      expect(await driver.accessHash(2000)).toBe(BigInt(said.robert));
      expectNobodyAskedFor(dc, keyId);
      const carol = await driver.accessHash('carol');
      await driver.stop();
      await quiet(dc);
      expect([driver.errors, driver.aside]).toEqual([[], []]);
      expect(keyIdsOf(await stored(new SqliteSession(ours)))).toEqual([keyId]);
      dc.log.clear();

      const folder = temporaryFolder();
      convert(ours, OWN_FORMAT[from], join(folder, OWN_NAME[from]));
      expect(await onOwnFile(from, folder, dc, 'resume')).toEqual(said);
      expectNobodyAskedFor(dc, keyId);
      expect(await onOwnFile(from, folder, dc, 'resume', CAROL.id)).toEqual({ ...said, robert: `${carol}` });
      expectNobodyAskedFor(dc, keyId);
    },
  );
});

const CAROL = { id: 3000, phone: '+99988', firstName: 'Carol', username: 'carol' };
