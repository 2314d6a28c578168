import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { report, SaveBehind } from '../../src/clients/save-behind.ts';

/** Something that is changed by counting, and saved behind. */
class Counter {
  value = 0;
  saved = 0;
  /** How many turns each save takes, and whether it fails; when there are none left, they take one turn and work. */
  readonly script: { turns: number; fails: boolean }[];
  readonly saves: number[] = [];
  readonly errors: unknown[] = [];
  readonly behind: SaveBehind;
  isSaving = false;

  constructor(script: Counter['script'] = []) {
    this.script = [...script];
    this.behind = new SaveBehind({
      save: (seen) => this.#save(seen),
      onError: (error) => this.errors.push(error),
    });
  }

  change(): void {
    this.value++;
    this.behind.changed();
  }

  async #save(seen: () => void): Promise<void> {
    expect(this.isSaving, 'one save at a time').toBe(false);
    this.isSaving = true;
    const { turns, fails } = this.script.shift() ?? { turns: 1, fails: false };
    await turn();
    seen();
    const value = this.value;
    for (let i = 0; i < turns; i++) await turn();
    this.isSaving = false;
    if (fails) throw new Error(`save ${this.saves.length} failed`);
    this.saves.push(value);
    this.saved = value;
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('what is saved behind', () => {
  test('several changes in one turn of the event loop are one save, also across its microtasks', async () => {
    const counter = new Counter();
    for (let i = 0; i < 5; i++) {
      counter.change();
      await null;
    }
    await counter.behind.flush();
    expect(counter.saves).toEqual([5]);
  });

  test('what changes while a save is under way is one more save', async () => {
    const counter = new Counter([{ turns: 5, fails: false }]);
    counter.change();
    for (let i = 0; i < 4; i++) await turn();
    counter.change();
    counter.change();
    await counter.behind.flush();
    expect(counter.saves).toEqual([1, 3]);
  });

  test('is saved without anybody waiting for it', async () => {
    const counter = new Counter();
    counter.change();
    for (let i = 0; i < 5; i++) await turn();
    expect(counter.saves).toEqual([1]);
    expect(counter.behind.isBehind).toBe(false);
  });

  test('nothing is saved where nothing changed', async () => {
    const counter = new Counter();
    await counter.behind.flush();
    expect(counter.saves).toEqual([]);
  });

  test('a save that fails is told, rejects who waited for it, and is tried again with the next change only', async () => {
    const counter = new Counter([{ turns: 1, fails: true }]);
    counter.change();
    await expect(counter.behind.flush()).rejects.toThrow('save 0 failed');
    expect(counter.errors.map(String)).toEqual(['Error: save 0 failed']);
    for (let i = 0; i < 10; i++) await turn();
    expect(counter.saves).toEqual([]);
    expect(counter.behind.isBehind).toBe(true);
    counter.change();
    await counter.behind.flush();
    expect(counter.saves).toEqual([2]);
  });

  test('a save that failed is tried again for whoever waits, also in the instant after it failed', async () => {
    const counter = new Counter([
      { turns: 1, fails: true },
      { turns: 1, fails: true },
    ]);
    counter.change();
    await expect(counter.behind.flush().catch(() => counter.behind.flush())).rejects.toThrow('failed');
    await counter.behind.flush();
    expect(counter.saves).toEqual([1]);
  });

  test('who waits for a change made during a save that fails waits for the next one', async () => {
    const counter = new Counter([{ turns: 5, fails: true }]);
    counter.change();
    const first = counter.behind.flush();
    first.catch(() => {});
    for (let i = 0; i < 4; i++) await turn();
    counter.change();
    await counter.behind.flush();
    await expect(first).rejects.toThrow('failed');
    expect(counter.saves).toEqual([2]);
  });

  test('whatever happens: flush() resolves only when all is saved, rejects only if a save failed, always ends', async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.constant('change' as const) },
      { weight: 2, arbitrary: fc.constant('flush' as const) },
      { weight: 2, arbitrary: fc.constant('turn' as const) },
    );
    const save = fc.record({ turns: fc.integer({ min: 0, max: 3 }), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.array(save, { maxLength: 8 }),
        async (steps, script) => {
          const counter = new Counter(script);
          const flushes: Promise<void>[] = [];
          let failed = 0;
          for (const each of steps) {
            if (each === 'change') counter.change();
            if (each === 'turn') await turn();
            if (each !== 'flush') continue;
            const { value } = counter;
            flushes.push(
              counter.behind.flush().then(
                () => expect(counter.saved).toBeGreaterThanOrEqual(value),
                () => {
                  failed++;
                },
              ),
            );
          }
          await Promise.all(flushes);
          if (failed > 0) expect(counter.errors.length).toBeGreaterThan(0);
          // The script ends, so at last all is saved.
          while (counter.behind.isBehind) await counter.behind.flush().catch(() => {});
          expect(counter.saved).toBe(counter.value);
          expect(counter.saves).toEqual([...counter.saves].sort((a, b) => a - b));
        },
      ),
      { numRuns: 300 },
    );
  });
});

test('a listener that throws stops nobody, and its error is not lost', async () => {
  const errors: unknown[] = [];
  const handlers = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  process.once('uncaughtException', (error) => errors.push(error));
  report(() => {
    throw new Error('of the listener');
  }, 1);
  await turn();
  for (const handler of handlers) process.on('uncaughtException', handler);
  expect(errors.map(String)).toEqual(['Error: of the listener']);
});
