import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { targetNames } from '../../src/cli/batch/names.ts';

const namesOf = (...sources: string[]) => [...targetNames(sources).values()];

describe('the targets of many sources', () => {
  test('are named after them, without suffix', () => {
    expect(namesOf('alice.session', 'bob.json', 'tdata', '.x', 'v1.2.session')).toEqual([
      'alice',
      'bob',
      'tdata',
      '.x',
      'v1.2',
    ]);
  });

  test('keep the whole name where two would be the same', () => {
    expect(namesOf('a.session', 'a.json', 'b.session')).toEqual(['a.session', 'a.json', 'b']);
    expect([...targetNames(['a.session'], ['a', 'john.doe']).values()]).toEqual([
      'a.session',
      'a',
      'john.doe',
    ]);
  });

  test('keep it where one looks like an account of another', () => {
    expect(namesOf('a.session', 'a.0.session')).toEqual(['a', 'a.0.session']);
    expect(namesOf('a.0.session')).toEqual(['a.0']);
  });

  test('keep it where the whole name of one is the short name of another', () => {
    expect(namesOf('a.session', 'a.json', 'a.json.txt')).toEqual(['a.session', 'a.json', 'a.json.txt']);
  });

  test('are none that is taken', () => {
    expect([...targetNames(['a.session', 'b.session'], [], new Set(['a'])).values()]).toEqual([
      'a.session',
      'b',
    ]);
  });

  test('are told apart by _ where there is no other way', () => {
    expect(namesOf('0', '0.10')).toEqual(['0', '0.10_']);
    expect(namesOf('0', '0.10', '0.10_')).toEqual(['0', '0.10__', '0.10_']);
  });

  test('are never the same, whatever the sources, and do not depend on their order', () => {
    const part = fc.constantFrom('a', 'b', '0', '1', '10', '_', 'session', 'json');
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('.'));
    fc.assert(
      fc.property(fc.uniqueArray(name, { maxLength: 12 }), (sources) => {
        const names = targetNames(sources.slice(3), sources.slice(0, 3));
        expect(new Set(names.values()).size).toBe(sources.length);
        const reversed = [sources.slice(3).toReversed(), sources.slice(0, 3).toReversed()] as const;
        expect(new Map(targetNames(...reversed))).toEqual(new Map(names));
        // Nor is an account of one ever the target of another.
        const targets = new Set(names.values());
        for (const target of targets) {
          const base = /^(.+)\.\d+$/.exec(target)?.[1];
          if (base !== undefined) expect(targets.has(base), `${target} of ${sources}`).toBe(false);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
