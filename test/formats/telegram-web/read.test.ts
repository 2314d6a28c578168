/** Dumps of Telegram Web A and Web K: which accounts they hold, and whose dump it is. */

import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src/formats/hex.ts';
import { detect, read } from '../../../src/formats/index.ts';
import { failure } from '../../support/errors.ts';
import { Family } from '../../support/format-fixtures.ts';
import { testKey } from '../../support/sessions.ts';
import { soon } from '../../support/soon.ts';

const family = new Family('telegram-web');
const A = 'telegram-web-a-localstorage';
const K = 'telegram-web-k-localstorage';
const key = testKey('web');
const hex = toHex(key);
const otherHex = toHex(testKey('web-2'));

type Items = Record<string, unknown>;
const bytesOf = (items: Items) => new TextEncoder().encode(JSON.stringify(items));
const readDump = (items: Items, from?: string) =>
  read({ bytes: bytesOf(items) }, from === undefined ? {} : { from });
const formatsOf = async (items: Items) =>
  (await detect({ bytes: bytesOf(items) })).map(({ format }) => format);
const account = (fields: object) => JSON.stringify({ dcId: 2, dc2_auth_key: hex, userId: '77', ...fields });
const old = (fields: Items = {}): Items => ({
  user_auth: '{"dcID":2,"id":"77"}',
  dc: '2',
  dc2_auth_key: JSON.stringify(hex),
  ...fields,
});

describe('accounts', () => {
  test('have their slots, and one can be chosen', async () => {
    const bytes = family.bytes('web-a-accounts.json');
    const { snapshots } = await read({ bytes });
    expect(snapshots.map((one) => [one.account!.index, one.session.user!.id, one.testMode])).toEqual([
      [1, 5000801609, false],
      [2, 6000000001, false],
      [4, 2200000000, true],
    ]);
    const chosen = await read({ bytes }, { account: 4 });
    expect(chosen.snapshots.map(({ session }) => session.user!.id)).toEqual([2200000000]);
    await failure(() => read({ bytes }, { account: 3 }), 'NOT_FOUND', 'account');
  });

  test('name, phone and premium are what Web A shows of the others', async () => {
    const [first] = (await read({ path: family.path('web-a-accounts.json') })).snapshots;
    expect(first!.phone).toBe('15550001');
    expect(first!.extra).toMatchObject({ firstName: 'Ann', lastName: 'B', isPremium: true });
    const { snapshots } = await readDump({
      account1: account({ phone: 'x' }),
      account2: account({ phone: '+49 1' }),
    });
    expect(snapshots.map(({ phone }) => phone)).toEqual([null, null]);
    expect(snapshots[0]!.notes.join()).toMatch(/phone number is no number/);
  });

  test('the slot counts for more than the older items, and a contradiction is noted', async () => {
    const items = old({ account1: account({ dcId: 2, userId: '5', dc2_auth_key: otherHex }) });
    const { snapshots } = await readDump(items);
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]!.session.user!.id).toBe(5);
    expect(toHex(snapshots[0]!.session.dcs[0]!.auth!)).toBe(otherHex);
    expect(snapshots[0]!.notes.join()).toMatch(/older items of the first account have another key/);
    const same = await readDump(old({ account1: account({ dc2_auth_key: hex.toUpperCase() }) }));
    expect(same.snapshots[0]!.notes.join()).not.toMatch(/older items/);
  });

  test('the older items are the first account where its slot is missing', async () => {
    const { snapshots } = await readDump(old({ account3: account({ userId: '3' }) }));
    expect(snapshots.map((one) => [one.account!.index, one.session.user!.id])).toEqual([
      [1, 77],
      [3, 3],
    ]);
  });

  test('a damaged one does not fail the others; where all are, the first error counts', async () => {
    const { snapshots } = await readDump({
      account1: account({}),
      account2: account({ dc2_auth_key: 'ff' }),
    });
    expect(snapshots).toHaveLength(1);
    expect(snapshots[0]!.notes.join()).toMatch(/Another account in it .*account2\.dc2_auth_key must be/);
    await failure(
      () => readDump({ account2: account({ dc2_auth_key: 'ff' }) }),
      'INVALID_VALUE',
      'account2.dc2_auth_key',
    );
  });

  test('which one is open is told by Web K, as far as it says so', async () => {
    const items = {
      account1: account({ userId: 1 }),
      account2: account({ userId: 2 }),
      current_account: '2',
    };
    const { format, snapshots } = await readDump(items);
    expect(format).toBe(K);
    expect(snapshots.map((one) => one.account!.active)).toEqual([false, true]);
    const odd = await readDump({ ...items, current_account: '{' });
    expect(odd.snapshots.map((one) => one.account!.active)).toEqual([null, null]);
  });

  test('test mode of Web K is a place of its own, and its accounts can be chosen beside the others', async () => {
    const items = {
      account1: account({ userId: 1 }),
      t_account1: account({ userId: 2 }),
      t_account2: account({ userId: 3 }),
    };
    const { format, snapshots } = await readDump(items);
    expect(format).toBe(K);
    expect(snapshots.map((one) => [one.account!.index, one.testMode, one.session.user!.id])).toEqual([
      [1, false, 1],
      [101, true, 2],
      [102, true, 3],
    ]);
    expect(snapshots[1]!.session.dcs[0]!.ipv4Addr).toBe('149.154.167.40:80');
    const alone = await readDump({ t_account2: account({ userId: 3 }) });
    expect(alone.snapshots[0]!.account).toEqual({ index: 2, active: null });
  });

  test('more accounts than there are may be hidden by a passcode', async () => {
    const many = await readDump({ account1: account({ userId: 1 }), number_of_accounts: '3' });
    expect(many.snapshots[0]!.notes.join()).toMatch(/number_of_accounts says 3, but 1 are there/);
    const locked = await readDump(old({ 'tt-is-screen-locked': 'true' }));
    expect(locked.snapshots[0]!.notes.join()).toMatch(/locked with a passcode: accounts may be missing/);
  });
});

describe('who is logged in', () => {
  const stateOf = async (items: Items) => {
    const { session, loggedIn, botKnown, mainDc, notes } = (await readDump(items)).snapshots[0]!;
    return { user: session.user?.id ?? null, loggedIn, botKnown, mainDc, notes: notes.join() };
  };

  test('is not known of Web A right after the login', async () => {
    const state = await stateOf({ account1: account({ userId: undefined }) });
    expect(state).toMatchObject({ user: null, loggedIn: null, mainDc: 2 });
    expect(state.notes).toMatch(/does not say who is logged in/);
  });

  test('is nobody where the login was not finished', async () => {
    for (const items of [
      { account1: JSON.stringify({ dc2_auth_key: hex, dc2_server_salt: '00' }) },
      old({ user_auth: '{"dcID":2}' }),
      old({ user_auth: undefined }),
    ]) {
      const state = await stateOf(items);
      expect(state).toMatchObject({ user: null, loggedIn: false });
      expect(state.notes).toMatch(/Nobody is logged in/);
    }
  });

  test('stood by itself in the oldest Web K, and is text or a number since', async () => {
    expect(await stateOf(old({ user_auth: '5000801609' }))).toMatchObject({ user: 5000801609, mainDc: 2 });
    expect(await stateOf(old({ user_auth: '"5000801609"' }))).toMatchObject({ user: 5000801609 });
    expect(await stateOf(old({ user_auth: '{"dcID":"2","id":77}', dc: '"2"' }))).toMatchObject({
      user: 77,
      mainDc: 2,
    });
    expect(await stateOf({ account1: account({ userId: 5 }) })).toMatchObject({
      user: 5,
      loggedIn: true,
      botKnown: false,
    });
  });

  test('user_auth says the data centre, as both clients read it; another in dc is noted', async () => {
    const state = await stateOf(old({ dc: '4' }));
    expect(state).toMatchObject({ mainDc: 2 });
    expect(state.notes).toMatch(/dc says 4, user_auth says 2/);
  });

  test('the account may have no key of its own data centre, which is noted', async () => {
    const { snapshots } = await readDump({ account1: account({ dcId: 4 }) });
    expect(snapshots[0]!.session.dcs.map(({ id, auth }) => [id, auth !== null])).toEqual([
      [2, true],
      [4, false],
    ]);
    expect(snapshots[0]!.notes.join()).toMatch(/no key of data centre 4, the account’s own/);
  });
});

describe('whose dump it is', () => {
  test.each<[string, Items, string[]]>([
    ['ids that are text', { account1: account({}) }, [A]],
    ['ids that are numbers', { account1: account({ userId: 5 }) }, [K]],
    ['a number in user_auth', old({ user_auth: '{"dcID":2,"id":5}' }), [K]],
    ['a bare id', old({ user_auth: '5' }), [K]],
    ['salts', old({ dc2_server_salt: '"0011"' }), [K]],
    ['salts in a slot', { account1: account({ dc2_server_salt: '0011' }) }, [K]],
    ['bookkeeping of Web K', old({ k_build: '5' }), [K]],
    ['the client that was chosen last, K', old({ kz_version: '"K"' }), [K]],
    [
      'the client that was chosen last, A, also with traces of K',
      old({ kz_version: '"Z"', k_build: '5' }),
      [A],
    ],
    ['items that both write', old({ tgme_sync: '{}', 'tt-global-state': '{}' }), [A]],
    ['test mode', { t_account1: account({}) }, [K]],
    ['a passcode of Web K', { number_of_accounts: '1', t_state_id: '5', state_id: '5' }, [K]],
    ['no account in Web K', { number_of_accounts: '0', state_id: '5' }, []],
    ['a counter of another page', { number_of_accounts: '5' }, []],
    ['no passcode of Web A', { 'tt-is-screen-locked': 'false' }, []],
    ['an account of another page', { account1: '{"name":"x"}', dc: '5' }, []],
    ['a login of another page', { user_auth: '{"token":"x"}' }, []],
    ['numbers', { account1: 5, user_auth: 6 }, []],
    [
      'names that only look like it',
      { account01: account({}), account1000: account({}), account: account({}), dc0_auth_key: '"x"' },
      [],
    ],
  ])('%s', async (_, items, formats) => {
    expect(await formatsOf(items)).toEqual(formats);
  });

  test('dumps of GramJS and MTKruto are theirs alone, and beside a Telegram Web each is found', async () => {
    const gramjs = JSON.parse(new Family('gramjs').text('browser-localstorage.json'));
    const mtkruto = JSON.parse(new Family('mtkruto').text('browser-localstorage.json'));
    expect(await formatsOf(gramjs)).toEqual(['gramjs-localstorage-dump']);
    expect(await formatsOf(mtkruto)).toEqual(['mtkruto-localstorage-dump']);
    expect(await formatsOf({ ...gramjs, ...mtkruto, ...old() })).toEqual([
      'gramjs-localstorage-dump',
      'mtkruto-localstorage-dump',
      A,
    ]);
  });
});

describe('what is broken', () => {
  const buffer = (data: unknown) => JSON.stringify({ type: 'Buffer', data });
  test.each<[string, Items, string]>([
    ['a key of 511 digits', { account1: account({ dc2_auth_key: hex.slice(1) }) }, 'account1.dc2_auth_key'],
    ['a key of 514 digits', { account1: account({ dc2_auth_key: `${hex}00` }) }, 'account1.dc2_auth_key'],
    [
      'a key with a letter g',
      { account1: account({ dc2_auth_key: `g${hex.slice(1)}` }) },
      'account1.dc2_auth_key',
    ],
    ['a key of zeros', { account1: account({ dc2_auth_key: '0'.repeat(512) }) }, 'account1.dc2_auth_key'],
    ['a key that is a list', { account1: account({ dc2_auth_key: [...key] }) }, 'account1.dc2_auth_key'],
    ['a key that is empty', { account1: account({ dc2_auth_key: '' }) }, 'account1.dc2_auth_key'],
    [
      'a key that is JSON twice',
      { account1: account({ dc2_auth_key: JSON.stringify(hex) }) },
      'account1.dc2_auth_key',
    ],
    ['an old key that is no JSON', old({ dc2_auth_key: hex }), ''],
    ['an old key of test mode', { t_dc2_auth_key: '"ff"' }, 't_dc2_auth_key'],
    ['a list of 255 bytes', old({ dc2_auth_key: buffer([...key].slice(1)) }), 'dc2_auth_key'],
    ['a list with a byte of 256', old({ dc2_auth_key: buffer([256]) }), 'dc2_auth_key'],
    ['no key', { account1: JSON.stringify({ dcId: 4, userId: '5' }) }, 'account1.dc4_auth_key'],
    ['a user id of text', { account1: account({ userId: 'x' }) }, 'account1.userId'],
    ['a user id of 2^53', { account1: account({ userId: '9007199254740992' }) }, 'account1.userId'],
    ['a negative user id', old({ user_auth: '{"dcID":2,"id":-5}' }), 'user_auth.id'],
    ['a user id of a fraction', old({ user_auth: '{"dcID":2,"id":1.5}' }), 'user_auth.id'],
    ['a user of a list', old({ user_auth: '[5]' }), 'user_auth.id'],
    ['a user without a data centre', { account1: account({ dcId: undefined }) }, 'account1.dcId'],
    ['an old user without one', old({ user_auth: '5', dc: '0' }), 'dc'],
    ['a data centre of text', { account1: account({ dcId: 'x' }) }, 'account1.dcId'],
    ['a negative data centre', { account1: account({ dcId: -2 }) }, 'account1.dcId'],
    ['a test flag of text', { account1: account({ isTest: 'yes' }) }, 'account1.isTest'],
    ['an old test flag of a number', old({ user_auth: '{"dcID":2,"id":"5","test":1}' }), 'user_auth.test'],
    ['a slot that is cut off', { account1: account({}).slice(0, -5) }, ''],
    ['a slot that is a list', { account1: `[${account({})}]` }, 'account1'],
    ['a value that is no text', old({ dc2_auth_key: 5 }), 'dc2_auth_key'],
  ])('%s is refused by item, and no key is shown', async (what, items, field) => {
    const error = await failure(() => readDump(items, A), 'INVALID_VALUE');
    if (field !== '') expect(error.field).toBe(field);
    expect(error.message).not.toContain(hex.slice(4, 20));
    if (/digits/.test(what)) expect(error.message).toMatch(/must be an auth key as 512 hexadecimal digits/);
  });

  test('an input that is no dump, and one without anything of Telegram', async () => {
    for (const text of ['', '[]', '5', '"x"', '{', '\0']) {
      await failure(() => read({ text }, { from: A }), 'INVALID_VALUE');
    }
    await failure(() => read({ text: '{"theme":"dark"}' }, { from: K }), 'UNKNOWN_FORMAT');
    await failure(() => read({ bytes: Uint8Array.from([0x7b, 0xff, 0x7d]) }, { from: K }), 'INVALID_VALUE');
  });

  test('dumps beyond what a browser keeps are refused before they are parsed, and large ones take no time', async () => {
    const huge = new Uint8Array(17 * 1024 * 1024).fill(0x20);
    huge.set(new TextEncoder().encode('{'));
    expect((await failure(() => read({ bytes: huge }, { from: A }), 'INVALID_VALUE')).message).toMatch(
      /17825792 bytes/,
    );
    const many = Object.fromEntries(Array.from({ length: 200_001 }, (_, i) => [`x${i}`, '']));
    expect((await failure(() => readDump(many, A), 'INVALID_VALUE')).message).toMatch(/at most 200000 items/);
    const slots = Object.fromEntries(
      Array.from({ length: 999 }, (_, i) => [`account${i + 1}`, account({ dc2_auth_key: 'ff' })]),
    );
    const items = { ...slots, 'tt-x': 'x'.repeat(5 * 1024 * 1024) };
    await soon(3000, () => failure(() => readDump(items), 'INVALID_VALUE'));
  });
});
