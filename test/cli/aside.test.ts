/** `tgsession aside`: what is kept aside is listed, and comes back into use. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Session, Storage } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { SAMPLE_KEY_MARK, sampleKey, sampleSession } from '../../src/testing/index.ts';
import { tgsession } from '../support/cli.ts';
import { CLI_STORES } from '../support/cli-stores.ts';
import { stateOf, temporaryFolder } from '../support/folder.ts';
import { loginRuns, loginSession, USERS } from '../support/login-runs.ts';
import { startDc } from '../support/loopback.ts';
import { clientAt } from '../support/mtcute-client.ts';

const OLD = sampleSession(1);
const NEW = sampleSession(3);

/** A place with a session in use, and one aside. */
interface Place {
  /** How the command line names it. */
  args: string[];
  open(): Storage;
  status?(): Promise<unknown>;
  die?(): Promise<void>;
}

const places: [title: string, isMissing: boolean, make: () => Promise<Place>][] = [
  [
    'a session file',
    false,
    async () => {
      const path = join(temporaryFolder(), 'alice.session');
      return { args: [path], open: () => new SqliteSession(path, { label: 'web' }) };
    },
  ],
  ...CLI_STORES.map(({ title, isMissing, make }): [string, boolean, () => Promise<Place>] => [
    title,
    isMissing,
    async () => {
      const { argument, store } = await make();
      return {
        args: [argument, 'alice'],
        open: () => store.session('alice', { label: 'web', dead: true }),
        status: async () => (await store.info('alice'))!.status,
        die: () => store.setStatus('alice', 'dead', 'AUTH_KEY_DUPLICATED'),
      };
    },
  ]),
];

async function fill({ open }: Place): Promise<void> {
  const storage = open();
  await storage.load();
  await storage.save(NEW);
  await storage.aside!.put(OLD, 'erased');
  await storage.close();
}

async function content({ open }: Place): Promise<{ session: Session; aside: string[] }> {
  const storage = open();
  const session = (await storage.load())!;
  const aside = (await storage.aside!.list()).map(({ reason, keyId }) => `${reason} ${keyId}`);
  await storage.close();
  return { session, aside };
}

/** The id of the key of a sample. */
const keyOf = ({ dcs, user }: Session) => dcs.find(({ id }) => id === user!.dc)!.authKeyId!;

const run = (...args: string[]) => {
  const { code, out, err } = tgsession(temporaryFolder(), ['aside', ...args]);
  return { code, out, err, view: () => JSON.parse(out) };
};

describe.each(places)('in %s', (_, isMissing, make) => {
  describe.skipIf(isMissing)('a session that is kept aside', () => {
    test('is listed, without a key', async () => {
      const place = await make();
      await fill(place);
      const { code, out, err } = run(...place.args);
      expect(code, err).toBe(0);
      expect(out).toMatch(new RegExp(`erased +${OLD.user!.id} +${keyOf(OLD)}`));
      expect(out).not.toContain(SAMPLE_KEY_MARK);
      const view = run(...place.args, '--json').view();
      expect(view.aside).toMatchObject([{ reason: 'erased', userId: OLD.user!.id, keyId: keyOf(OLD) }]);
      expect((await content(place)).session.equals(NEW)).toBe(true);
    });

    test('comes back, and what was in use is kept aside in its place; and once more', async () => {
      const place = await make();
      await fill(place);
      const [{ id }] = run(...place.args, '--json').view().aside;
      const back = run(...place.args, '--bring-back', id, '--json');
      expect(back.code, back.err).toBe(0);
      expect(back.view()).toMatchObject({
        broughtBack: { id, keyId: keyOf(OLD) },
        forgotten: null,
        aside: [{ reason: 'replaced', keyId: keyOf(NEW) }],
      });
      const there = await content(place);
      expect(there.session.equals(OLD)).toBe(true);
      expect(there.aside).toEqual([`replaced ${keyOf(NEW)}`]);
      const other = run(...place.args, '--bring-back', back.view().aside[0].id);
      expect(other.out).toContain('in use again');
      expect((await content(place)).session.equals(NEW)).toBe(true);
    });

    test('does not come back while somebody uses the session, who is named', async () => {
      const place = await make();
      await fill(place);
      const holder = place.open();
      await holder.load();
      const id = (await holder.aside!.list())[0]!.id;
      const { code, err } = run(...place.args, '--bring-back', id);
      expect([code, err]).toEqual([1, expect.stringMatching(/HELD.*web/s)]);
      await holder.close();
      expect((await content(place)).session.equals(NEW)).toBe(true);
    });

    test('is forgotten only when it is told so', async () => {
      const place = await make();
      await fill(place);
      const [{ id }] = run(...place.args, '--json').view().aside;
      const { code, view } = run(...place.args, '--forget', id, '--json');
      expect([code, view()]).toEqual([
        0,
        expect.objectContaining({ broughtBack: null, forgotten: expect.objectContaining({ id }), aside: [] }),
      ]);
      const there = await content(place);
      expect([there.session.equals(NEW), there.aside]).toEqual([true, []]);
      expect(run(...place.args).out).toContain('Nothing is kept aside.');
    });

    test('has an id: with another one nothing happens', async () => {
      const place = await make();
      await fill(place);
      for (const option of ['--bring-back', '--forget']) {
        const { code, view } = run(...place.args, option, '999', '--json');
        expect([code, view().error.code]).toEqual([1, 'NOT_FOUND']);
      }
      const there = await content(place);
      expect([there.session.equals(NEW), there.aside]).toEqual([true, [`erased ${keyOf(OLD)}`]]);
    });

    test('in the place of a dead one is suspected until it is checked', async ({ skip }) => {
      const place = await make();
      if (place.die === undefined) skip('a file has no status of its own');
      await fill(place);
      await place.die!();
      const [{ id }] = run(...place.args, '--json').view().aside;
      expect(await place.status!()).toBe('dead');
      run(...place.args, '--bring-back', id);
      expect(await place.status!()).toBe('suspected');
    });
  });
});

describe('tgsession aside', () => {
  test('makes no file, and tells what else it wants', () => {
    const folder = temporaryFolder();
    const before = stateOf(folder);
    const aside = (...args: string[]) => tgsession(folder, ['aside', ...args]);
    expect(aside('alice', '--json').out).toContain('NOT_FOUND');
    expect(aside(folder).err).toContain('Name the session in it');
    expect(aside('env:TGSESSION_STORE').code).toBe(2);
    expect(aside('redis://me:hunter2@127.0.0.1:1', 'alice').err).not.toContain('hunter2');
    expect(aside('alice', '--forget', '1', '--bring-back', '1').code).toBe(2);
    expect(existsSync(join(folder, 'alice.session'))).toBe(false);
    expect(stateOf(folder)).toEqual(before);
  });

  test('brings back a key that a server denied for a while, and the real client goes on with it', async () => {
    const dc = await startDc({ users: USERS });
    const runs = loginRuns(dc);
    const key = sampleKey(1);
    dc.authKeys.add(key, 1000);
    const path = join(runs.folder, 'alice.session');
    const storage = new SqliteSession(path);
    await storage.load();
    await storage.save(loginSession(dc, key));
    await storage.close();

    dc.authKeys.destroy(key);
    const { client, provider, aside } = clientAt(dc, new SqliteSession(path));
    await provider.open();
    await expect(client.getMe()).rejects.toThrow();
    await client.destroy();
    expect(aside).toMatchObject([{ reason: 'erased' }]);
    expect((await runs.run(['check', 'alice'])).code).toBe(3);

    dc.authKeys.add(key, 1000);
    const { id } = aside[0]!;
    const back = await runs.run(['aside', 'alice', '--bring-back', id]);
    expect(back.code, back.err).toBe(0);
    const checked = await runs.run(['check', 'alice']);
    expect([checked.code, checked.out]).toEqual([0, expect.stringContaining('alive  user 1000')]);
  });
});
