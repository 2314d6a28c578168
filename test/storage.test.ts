import { describe, expect, test } from 'vitest';
import { MemorySession, openSession, Session, type Storage } from '../src/index.ts';
import { sampleSession } from '../src/testing/index.ts';

/** A storage that notes each call, and fails where it is told to. */
class Noting implements Storage {
  readonly calls: string[] = [];
  readonly fails: Partial<Record<'load' | 'save' | 'close', unknown>>;
  readonly #inner: MemorySession;

  constructor(session: Session | null, fails: Noting['fails'] = {}) {
    this.#inner = new MemorySession(session);
    this.fails = fails;
  }

  async load() {
    await this.#note('load');
    return this.#inner.load();
  }

  async save(session: Session) {
    await this.#note('save');
    await this.#inner.save(session);
  }

  async close() {
    await this.#note('close');
    await this.#inner.close();
  }

  stored(): Promise<Session | null> {
    return this.#inner.load();
  }

  async #note(call: 'load' | 'save' | 'close') {
    this.calls.push(`${call} begins`);
    await Promise.resolve();
    this.calls.push(`${call} ends`);
    if (call in this.fails) throw this.fails[call];
  }
}

const ALL = ['load begins', 'load ends', 'save begins', 'save ends', 'close begins', 'close ends'];

async function errorOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => expect.unreachable('it should have failed'),
    (error) => error,
  );
}

describe('openSession()', () => {
  test('loads before use; close() saves, then closes, each after the one before has ended', async () => {
    const storage = new Noting(sampleSession(1));
    const opened = await openSession(storage);
    expect(storage.calls).toEqual(ALL.slice(0, 2));
    expect(opened.isNew).toBe(false);
    expect(opened.session.equals(sampleSession(1))).toBe(true);
    opened.session.user = null;
    await opened.close();
    expect(storage.calls).toEqual(ALL);
    expect((await storage.stored())!.user).toBeNull();
  });

  test('saves the session as it is at that moment, also another one put in its place', async () => {
    const storage = new Noting(sampleSession(1));
    const opened = await openSession(storage);
    opened.session.state!.pts += 1;
    await opened.save();
    expect((await storage.stored())!.state!.pts).toBe(sampleSession(1).state!.pts + 1);
    opened.session = sampleSession(5);
    await opened.close();
    expect((await storage.stored())!.equals(sampleSession(5))).toBe(true);
  });

  test('of an empty storage gives an empty session that says it is new', async () => {
    const opened = await openSession(new Noting(null));
    expect(opened.isNew).toBe(true);
    expect(opened.session.equals(new Session())).toBe(true);
  });

  test('does not save a new session that is still empty', async () => {
    const storage = new Noting(null);
    await (await openSession(storage)).close();
    expect(storage.calls).toEqual([...ALL.slice(0, 2), ...ALL.slice(4)]);
    expect(await storage.stored()).toBeNull();
  });

  test('saves an empty session that was there before, and one that was emptied after a save', async () => {
    const before = new Noting(new Session());
    await (await openSession(before)).close();
    expect(before.calls).toEqual(ALL);

    const storage = new Noting(null);
    const opened = await openSession(storage);
    opened.session = sampleSession();
    await opened.save();
    opened.session = new Session();
    await opened.close();
    expect((await storage.stored())!.equals(new Session()), 'the session with keys is gone').toBe(true);
  });

  test('closes even if the save failed, and reports why it failed', async () => {
    const storage = new Noting(sampleSession(), { save: new Error('disk full') });
    const opened = await openSession(storage);
    expect(await errorOf(opened.close())).toBe(storage.fails.save);
    expect(storage.calls).toEqual(ALL);
  });

  test('closes even if the session was changed to something that none can be', async () => {
    for (const session of [new Session(), null]) {
      const storage = new Noting(session);
      const opened = await openSession(storage);
      opened.session.dcs = null as never;
      await errorOf(opened.close());
      expect(storage.calls.slice(-2)).toEqual(ALL.slice(-2));
    }
  });

  test('reports the error of the close', async () => {
    const storage = new Noting(sampleSession(), { close: new Error('connection lost') });
    expect(await errorOf((await openSession(storage)).close())).toBe(storage.fails.close);
  });

  test('reports both errors if the save and the close failed', async () => {
    const storage = new Noting(sampleSession(), { save: new Error('disk full'), close: 'no Error at all' });
    const error = await errorOf((await openSession(storage)).close());
    expect(error).toBeInstanceOf(AggregateError);
    expect((error as AggregateError).errors).toEqual([storage.fails.save, storage.fails.close]);
    expect((error as AggregateError).message).toContain('disk full');
  });

  test('closes the storage if the load failed, and reports why', async () => {
    const storage = new Noting(null, { load: new Error('damaged') });
    expect(await errorOf(openSession(storage))).toBe(storage.fails.load);
    expect(storage.calls).toEqual([...ALL.slice(0, 2), ...ALL.slice(4)]);
  });

  test('reports both errors if the load and the close after it failed', async () => {
    const storage = new Noting(null, { load: new Error('damaged'), close: new Error('stuck') });
    const error = await errorOf(openSession(storage));
    expect((error as AggregateError).errors).toEqual([storage.fails.load, storage.fails.close]);
  });

  test('a second close() does nothing more, and comes to the same end', async () => {
    const storage = new Noting(sampleSession());
    const opened = await openSession(storage);
    await Promise.all([opened.close(), opened.close()]);
    await opened.close();
    expect(storage.calls).toEqual(ALL);

    const failing = await openSession(new Noting(sampleSession(), { save: new Error('disk full') }));
    expect(await errorOf(failing.close())).toBe(await errorOf(failing.close()));
  });

  test('refuses to save after close(): the session may belong to somebody else by then', async () => {
    const storage = new Noting(sampleSession());
    const opened = await openSession(storage);
    const closing = opened.close();
    expect(await errorOf(opened.save())).toMatchObject({ code: 'CLOSED' });
    await closing;
    expect(await errorOf(opened.save())).toMatchObject({ code: 'CLOSED' });
    expect(storage.calls).toEqual(ALL);
  });

  test('a save() that failed is reported, and can be repeated', async () => {
    const storage = new Noting(sampleSession(1), { save: new Error('disk full') });
    const opened = await openSession(storage);
    opened.session = sampleSession(2);
    expect(await errorOf(opened.save())).toBe(storage.fails.save);
    delete storage.fails.save;
    await opened.save();
    expect((await storage.stored())!.equals(sampleSession(2))).toBe(true);
  });

  test('with await using, saves and closes at the end of the block', async () => {
    const storage = new Noting(sampleSession(1));
    {
      await using opened = await openSession(storage);
      opened.session = sampleSession(2);
    }
    expect(storage.calls).toEqual(ALL);
    expect((await storage.stored())!.equals(sampleSession(2))).toBe(true);
  });

  test('with await using, saves and closes also if the block throws', async () => {
    const storage = new Noting(sampleSession());
    const block = async () => {
      await using opened = await openSession(storage);
      opened.session.user = null;
      throw new Error('network');
    };
    expect(await errorOf(block())).toMatchObject({ message: 'network' });
    expect(storage.calls).toEqual(ALL);
    expect((await storage.stored())!.user).toBeNull();
  });
});
