import { expect, test } from 'vitest';
import { keysOfTests, printedKeys } from './support/printed-keys.ts';
import { testKey } from './support/sessions.ts';

test('the search of `npm test` knows the keys of all fixtures, and every synthetic key by its mark', async () => {
  const keys = await keysOfTests();
  expect(keys.length).toBeGreaterThan(50);
  for (const { name, key } of [...keys, { name: 'a synthetic key', key: testKey('any') }]) {
    const found = printedKeys(`before ${Buffer.from(key).toString('hex')} after`, keys);
    expect(found.join(), name).toContain(`${name}: hexadecimal`);
  }
  expect(printedKeys('auth key 18dbabf9c59fd659 of data centre 2', keys)).toEqual([]);
});
