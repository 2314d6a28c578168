/** Lists: in order, page by page, filtered, and without keys. */

import { compareNames } from '../../stores/names.ts';
import type { SessionFilter, SessionInfo, SessionStore } from '../../stores/store.ts';
import { SAMPLE_KEY_MARK, sampleKey, sampleSession } from '../samples.ts';
import type { StoreCase } from '../store-conformance.ts';
import type { StoreTrial } from '../store-trial.ts';
import { expectCode, expectThat } from '../verdict.ts';

/** Sessions `s0`, `s1`, …: every third is of user 7, tagged and labelled; their order by name is not that by number. */
async function fill(trial: StoreTrial): Promise<{ store: SessionStore; names: string[] }> {
  const store = await trial.store();
  const count = Math.max(12, trial.options.sessions);
  const names = Array.from({ length: count }, (_, i) => `s${i}`);
  // Characters beyond the first plane come last in the order of code points, but not in that of UTF-16.
  names.push('\u{20000}', '\uff21', 'Z');
  for (const [i, name] of names.entries()) {
    const session = sampleSession(i + 1);
    if (i % 3 === 0) session.user!.id = 7;
    await trial.put(store, name, session);
    if (i % 3 === 0) await store.describe(name, { label: 'third', tags: ['b', 'a'], phone: '+1 202 555' });
    if (i % 4 === 0) await store.setStatus(name, 'suspected', 'a look');
  }
  return { store: await trial.other(store), names: names.sort(compareNames) };
}

async function all(list: AsyncIterable<SessionInfo>): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of list) names.push(name);
  return names;
}

function expectNames(found: readonly string[], expected: readonly string[], what: string): void {
  const isSame = found.length === expected.length && found.every((name, i) => name === expected[i]);
  expectThat(
    isSame,
    `${what} must be ${expected.join(', ') || 'empty'}, but is ${found.join(', ') || 'empty'}.`,
  );
}

export const listCases: StoreCase[] = [
  {
    name: 'lists: pages have all sessions once, in the order of code points, whatever their size',
    async run(trial) {
      const { store, names } = await fill(trial);
      for (const limit of [1, 5, names.length, 10_000]) {
        const found: string[] = [];
        for (let after: string | null = null; ; ) {
          const page: SessionInfo[] = await store.list({ after, limit });
          expectThat(page.length <= limit, `A page of at most ${limit} has ${page.length} sessions.`);
          if (page.length === 0) break;
          found.push(...page.map(({ name }) => name));
          after = page.at(-1)!.name;
        }
        expectNames(found, names, `What pages of ${limit} give`);
      }
      expectNames(
        (await store.list({ after: 's10x' })).map(({ name }) => name),
        names.filter((name) => compareNames(name, 's10x') > 0).slice(0, 100),
        'The page behind a name that is not there',
      );
    },
  },
  {
    name: 'lists: filters find what fits every field, and nothing else',
    async run(trial) {
      const { store, names } = await fill(trial);
      const infos = await store.list({ limit: 10_000 });
      const some = infos.find(({ name }) => name === 's1')!;
      const cases: [SessionFilter, (info: SessionInfo) => boolean][] = [
        [{}, () => true],
        [{ userId: 7 }, ({ user }) => user?.id === 7],
        [{ userId: 12345 }, () => false],
        [{ username: `@${some.user!.username!.toUpperCase()}` }, ({ name }) => name === 's1'],
        [{ phone: '1202555' }, ({ phone }) => phone === '1202555'],
        [{ dc: 2 }, ({ user }) => user?.dc === 2],
        [{ dc: 3 }, () => false],
        [{ bot: true }, ({ user }) => user?.bot === true],
        [{ status: 'suspected' }, ({ status }) => status === 'suspected'],
        [{ status: 'dead' }, () => false],
        [{ label: 'third' }, ({ label }) => label === 'third'],
        [{ tag: 'a' }, ({ tags }) => tags.includes('a')],
        [{ tag: 'A' }, () => false],
        [
          { userId: 7, bot: true, status: 'suspected', tag: 'b' },
          ({ user, status }) => user?.id === 7 && user.bot && status === 'suspected',
        ],
      ];
      for (const [filter, isMeant] of cases) {
        const expected = names.filter((name) => isMeant(infos.find((info) => info.name === name)!));
        const text = JSON.stringify(filter);
        expectNames(await all(store.find(filter)), expected, `What find(${text}) gives`);
        const page = await store.list({ filter, limit: 3 });
        expectNames(
          page.map(({ name }) => name),
          expected.slice(0, 3),
          `list() with the filter ${text}`,
        );
      }
      expectThat(infos.filter(({ user }) => user?.id === 7).length > 3, 'The filters had nothing to find.');
    },
  },
  {
    name: 'lists: a session is told with its user and the time of its save, the same by info() and list()',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const info = await (await trial.other(store)).info('alice');
      const user = { ...sampleSession(1).user! };
      expectThat(info !== null, 'info() of a session that was saved must not be null.');
      expectThat(
        info.user?.id === user.id &&
          info.user.dc === user.dc &&
          info.user.bot === user.bot &&
          info.user.username === user.username,
        'info().user must be the user of the session.',
      );
      const ago = Date.now() - (info.savedAt?.getTime() ?? 0);
      expectThat(Math.abs(ago) < 3_600_000, 'info().savedAt must be the time of the save.');
      const { status, reason, statusSince, phone, label, tags, holder, takenOver } = info;
      expectThat(
        status === 'ok' && tags.length === 0,
        'A session of which nothing was noted must be ok, without tags.',
      );
      const nulls = { reason, statusSince, phone, label, holder, takenOver };
      for (const [field, value] of Object.entries(nulls)) {
        expectThat(value === null, `info().${field} of a session of which nothing was noted must be null.`);
      }
      const [listed] = await store.list();
      expectThat(JSON.stringify(listed) === JSON.stringify(info), 'list() and info() tell different things.');
      await trial.put(store, 'alice', sampleSession(1).with({ user: null }));
      expectThat(
        (await store.info('alice'))?.user === null,
        'Nobody is logged in, so info().user must be null.',
      );
    },
  },
  {
    name: 'lists: nothing that is told of a session holds a key',
    async run(trial) {
      const store = await trial.store();
      await trial.put(store, 'alice', sampleSession(1));
      const storage = await trial.taken(store, 'alice');
      const info = await store.info('alice');
      await storage.close();
      const told = JSON.stringify([info, await store.list(), String(store), String(storage)], (_, value) =>
        ArrayBuffer.isView(value) ? `bytes:${[...(value as Uint8Array)]}` : value,
      );
      const bytes = [...sampleKey(2)];
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
      const start = btoa(String.fromCharCode(...bytes)).slice(0, 32);
      for (const text of [SAMPLE_KEY_MARK, hex.slice(0, 32), start, bytes.slice(0, 8).join(',')]) {
        expectThat(!told.includes(text), 'What the store tells of a session holds bytes of its key.');
      }
    },
  },
  {
    name: 'lists: what cannot be asked is refused with INVALID_VALUE',
    async run(trial) {
      const store = await trial.store();
      const bad: object[] = [
        { limit: 0 },
        { limit: 10_001 },
        { limit: 1.5 },
        { after: 'a/b' },
        { filter: { userId: 0 } },
        { filter: { status: 'alive' } },
        { filter: { bot: 1 } },
        { filter: { tag: '' } },
        { filter: null },
      ];
      for (const options of bad) {
        await expectCode(
          (async () => store.list(options))(),
          'INVALID_VALUE',
          `list(${JSON.stringify(options)})`,
        );
      }
      const find = async () => all(store.find({ userId: -1 }));
      await expectCode(find(), 'INVALID_VALUE', 'find({ userId: -1 })');
    },
  },
];
