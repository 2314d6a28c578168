import { describe, expect, test } from 'vitest';
import { Session, SessionError, SessionHeldError, type Storage } from '../../src/index.ts';
import { ConformanceError, type Place, sampleKey, storageConformance } from '../../src/testing/index.ts';
import { leakIn } from '../support/key-in-text.ts';
import { type Shelf, Shelf as ShelfPlace, ShelfSession, shelfPlace } from '../support/shelf.ts';

interface Failure {
  name: string;
  message: string;
  error: unknown;
}

/** Runs the whole suite, all cases at the same time, and gives what failed. */
async function failuresOf(open: () => Place): Promise<Failure[]> {
  const cases = storageConformance({ open, channels: 300, steps: 80, timeout: 300 });
  const results = await Promise.allSettled(cases.map(({ run }) => run()));
  return results.flatMap((result, i) => {
    if (result.status === 'fulfilled') return [];
    return [{ name: cases[i]!.name, message: String(result.reason?.message), error: result.reason }];
  });
}

describe('a correct storage', () => {
  test('passes every case', async () => {
    expect(await failuresOf(() => shelfPlace((shelf) => new ShelfSession(shelf)))).toEqual([]);
  });

  test('passes every case without declaring what it can do, where it can do nothing', async () => {
    const open = () => ({ storage: () => new ShelfSession(new ShelfPlace()) });
    expect(await failuresOf(open)).toEqual([]);
  });

  test('is cleaned up after each case, after all its storages were closed', async () => {
    let open = 0;
    const cases = storageConformance({
      channels: 10,
      steps: 10,
      open() {
        open++;
        const shelf = new ShelfPlace();
        const cleanup = () => {
          expect(shelf.holder).toBeNull();
          open--;
        };
        return { ...shelfPlace((on) => new ShelfSession(on), shelf), cleanup };
      },
    });
    for (const { run } of cases) await run();
    expect(open).toBe(0);
  });

  test('is tried by cases whose names are unique', () => {
    const names = storageConformance({ open: () => expect.unreachable() }).map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThan(60);
  });
});

/** A storage with one thing broken, the case that must find it, and what its message must say. */
interface Broken {
  make: new (shelf: Shelf) => Storage;
  caughtBy: string;
  says: RegExp;
}

const objects = new WeakMap<Shelf, Session>();

const BROKEN: Record<string, Broken> = {
  'gives the stored object out': {
    make: class extends ShelfSession {
      #given: Session | null = null;
      override decode(text: string | null) {
        this.#given ??= super.decode(text);
        return this.#given;
      }
      override async write(text: string) {
        await super.write(text);
        this.#given = null;
      }
    },
    caughtBy: 'isolation: changing a loaded session, key bytes included',
    says: /loaded session was changed but not saved.* is not what it should be.*dcs with id 2.auth: expected auth key/s,
  },
  'keeps the object that it was given': {
    make: class extends ShelfSession {
      override async save(session: Session) {
        await super.save(session);
        objects.set(this.shelf, session);
      }
      override async load() {
        await super.load();
        const kept = objects.get(this.shelf);
        return kept === undefined ? null : new Session(kept);
      }
    },
    caughtBy: 'isolation: changing a session after it was saved',
    says: /saved session was changed afterwards.*user.id: expected 800000001, found 800000002/s,
  },
  'looks at the session only when its turn has come': {
    make: class extends ShelfSession {
      override save(session: Session) {
        return this.inTurn(async () => {
          this.take();
          await this.write(this.encode(session));
        });
      }
    },
    caughtBy: 'isolation: save() keeps the session as it is when it is called',
    says: /changed while it was being saved/,
  },
  'takes the same object for the same session': {
    make: class extends ShelfSession {
      #last: Session | null = null;
      override async save(session: Session) {
        if (session === this.#last) return;
        await super.save(session);
        this.#last = session;
      }
    },
    caughtBy: 'isolation: a session changed in place',
    says: /changed in place and saved again.*auth: expected auth key .*, found auth key/s,
  },
  'loses at close what was saved': {
    make: class extends ShelfSession {
      override release() {
        this.shelf.text = null;
        super.release();
      }
    },
    caughtBy: 'lifecycle: load() after close()',
    says: /after close\(\) is not what it should be.*expected Session\(.*found null/s,
  },
  'keeps in memory what it should write': {
    make: class extends ShelfSession {
      #memory: string | null = null;
      override async write(text: string) {
        this.#memory = text;
      }
      override decode() {
        return super.decode(this.#memory);
      }
    },
    caughtBy: 'reopen: another Storage object finds the last save',
    says: /another Storage object on the same place loads .*found null/s,
  },
  'cuts numbers to 32 bits': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        return super.encode(session).replaceAll(/\d{10,}/g, (digits) => String(Number(digits) % 2 ** 32));
      }
    },
    caughtBy: 'values: keeps the largest id of a user',
    says: /user.id: expected 9007199254740991, found 4294967295/,
  },
  'rounds large numbers': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        return super.encode(session).replaceAll(/\d{16,}/g, (digits) => `${digits.slice(0, -1)}0`);
      }
    },
    caughtBy: 'values: keeps the largest counters of the state',
    says: /state.pts: expected 9007199254740991, found 9007199254740990/,
  },
  'drops channels above a number': {
    make: class extends ShelfSession {
      override decode(text: string | null) {
        const session = super.decode(text);
        session?.state?.channels.splice(200);
        return session;
      }
    },
    caughtBy: 'channels: thousands of them',
    says: /A session of 300 channels, saved once.*ChannelState\(1000002600, pts 201\) is missing.*and 94 more/s,
  },
  'gives an empty session in place of null': {
    make: class extends ShelfSession {
      override decode(text: string | null) {
        return super.decode(text) ?? new Session();
      }
    },
    caughtBy: 'lifecycle: load() of an empty place gives null',
    says: /empty place is not what it should be.*expected null, found Session\(/s,
  },
  'gives null in place of an empty session': {
    make: class extends ShelfSession {
      override decode(text: string | null) {
        const session = super.decode(text);
        return session?.equals(new Session()) ? null : session;
      }
    },
    caughtBy: 'values: keeps an empty session',
    says: /expected Session\(dcs \[\], user null, state null\), found null/,
  },
  'takes a state of zeros for none': {
    make: class extends ShelfSession {
      override decode(text: string | null) {
        const session = super.decode(text);
        if (session?.state?.pts === 0) session.state = null;
        return session;
      }
    },
    caughtBy: 'values: keeps a state of zeros, which is not null',
    says: /state: expected UpdateState\(pts 0, .*found null/,
  },
  'takes an empty username for none': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        return super.encode(session).replaceAll('"username":""', '"username":null');
      }
    },
    caughtBy: 'values: keeps a username of no characters',
    says: /user.username: expected "", found null/,
  },
  'writes IPv6 addresses in its own form': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        return super.encode(session).replaceAll('2001:67C:', '2001:67c:');
      }
    },
    caughtBy: 'values: keeps IPv6 addresses in every form',
    says: /ipv6Addr: expected "2001:67C:4E8:F002::A:443", found "2001:67c:4E8:F002::A:443"/,
  },
  'never removes a data centre': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        const old = this.decode(this.shelf.text)?.dcs ?? [];
        const left = old.filter((dc) => !session.dcs.some(({ id }) => id === dc.id));
        return super.encode(session.with({ dcs: [...session.dcs, ...left] }));
      }
    },
    caughtBy: 'lifecycle: a save replaces all',
    says: /dcs: DataCenter\(1, .* with id 1 should not be there/,
  },
  'gives a plain object': {
    make: class extends ShelfSession {
      override decode(text: string | null) {
        const session = super.decode(text);
        return session && ({ ...session } as Session);
      }
    },
    caughtBy: 'lifecycle: load() gives what save() was given',
    says: /an object that is none: make it with new Session/,
  },
  'swallows errors of save()': {
    make: class extends ShelfSession {
      override save(session: Session) {
        return super.save(session).catch(() => {});
      }
    },
    caughtBy: 'failure: a save that fails rejects',
    says: /failSaves\(true\) is in force must reject, but it resolved/,
  },
  'saves what no session can hold': {
    make: class extends ShelfSession {
      override encode({ dcs, user, state }: Session) {
        const list = dcs?.map((dc) => ({ ...dc, auth: dc?.auth && [...dc.auth] }));
        return JSON.stringify({ user, state, dcs: list });
      }
    },
    caughtBy: 'refusal: a pts that is NaN',
    says: /a pts that is NaN must reject/,
  },
  'refuses with an error of its own': {
    make: class extends ShelfSession {
      override encode(session: Session) {
        try {
          return super.encode(session);
        } catch {
          throw new TypeError('bad session');
        }
      }
    },
    caughtBy: 'refusal: a key of 255 bytes',
    says: /code INVALID_VALUE, but rejected with TypeError: bad session/,
  },
  'writes while it checks': {
    make: class extends ShelfSession {
      override async save(session: Session) {
        // The data centres first, for all to see; then the rest.
        const half = new Session({ ...this.decode(this.shelf.text), dcs: session.dcs });
        await super.save(half);
        await super.save(session);
      }
    },
    caughtBy: 'refusal: a pts that is NaN',
    says: /after a pts that is NaN was refused is not what it should be/,
  },
  'believes that a failed save was written': {
    make: class extends ShelfSession {
      #believed: string | null = null;
      override async write(text: string) {
        if (text === this.#believed) return;
        this.#believed = text;
        await super.write(text);
      }
    },
    caughtBy: 'failure: what a failed save did not keep',
    says: /after a failed save\(\) was repeated is not what it should be/,
  },
  'cannot be used after a failed save': {
    make: class extends ShelfSession {
      #broken: unknown = null;
      override async write(text: string) {
        if (this.#broken !== null) throw this.#broken;
        await super.write(text).catch((error) => {
          this.#broken = error;
          throw error;
        });
      }
    },
    caughtBy: 'failure: what a failed save did not keep',
    says: /The shelf is full/,
  },
  'lets saves overtake each other': {
    make: class extends ShelfSession {
      override async save(session: Session) {
        const text = this.encode(session);
        this.take();
        for (let i = 0; i < text.length; i += 100) await Promise.resolve();
        await this.write(text);
      }
    },
    caughtBy: 'overlap: of several saves at once the last one called wins',
    says: /after six saves at once is not what it should be/,
  },
  'never answers a save during a close': {
    make: class extends ShelfSession {
      #closing = false;
      override save(session: Session) {
        return this.#closing ? new Promise<void>(() => {}) : super.save(session);
      }
      override async close() {
        this.#closing = true;
        await super.close();
        this.#closing = false;
      }
    },
    caughtBy: 'overlap: a save during a close settles',
    says: /save\(\) did not settle within 300 ms/,
  },
  'says that a save after close was kept, and forgets it': {
    make: class extends ShelfSession {
      #open = true;
      override load() {
        this.#open = true;
        return super.load();
      }
      override async save(session: Session) {
        if (this.#open) await super.save(session);
      }
      override close() {
        this.#open = false;
        return super.close();
      }
    },
    caughtBy: 'lifecycle: a save after close() is kept or refused',
    says: /after a save\(\) after close\(\) that resolved/,
  },
  'cannot be closed twice': {
    make: class extends ShelfSession {
      override release() {
        if (this.shelf.holder !== this) throw new SessionError('CLOSED', 'closed already');
        super.release();
      }
    },
    caughtBy: 'lifecycle: close() may be called before load(), and twice',
    says: /closed already/,
  },
  'has no hold, though it says so': {
    make: class extends ShelfSession {
      override take() {}
    },
    caughtBy: 'hold: while one Storage object has the session',
    says: /load\(\) by a second Storage object while a first one has it must reject, but it resolved/,
  },
  'refuses itself': {
    make: class extends ShelfSession {
      override take() {
        if (this.shelf.holder !== null) throw new SessionHeldError('The shelf', null);
        super.take();
      }
      override async save(session: Session) {
        const text = this.encode(session);
        await this.inTurn(() => this.write(text));
      }
    },
    caughtBy: 'hold: loading again does not refuse the holder itself',
    says: /in use by another process/,
  },
  'lets whoever closes end the hold of another': {
    make: class extends ShelfSession {
      override release() {
        this.shelf.holder = null;
      }
    },
    caughtBy: 'hold: who was refused takes nothing away',
    says: /after another one was refused and closed once must reject/,
  },
  'lets others save': {
    make: class extends ShelfSession {
      override async save(session: Session) {
        const text = this.encode(session);
        await this.inTurn(() => this.write(text));
      }
    },
    caughtBy: 'hold: who does not have the session cannot save',
    says: /save\(\) by one who does not have the session must reject/,
  },
  'does not say who has it': {
    make: class extends ShelfSession {
      override take() {
        try {
          super.take();
        } catch {
          throw new SessionHeldError('The shelf', null);
        }
      }
    },
    caughtBy: 'hold: who is refused learns who has the session',
    says: /must name the holder: pid/,
  },
  'aborts its signal while it is held': {
    make: class extends ShelfSession {
      readonly held = AbortSignal.abort();
    },
    caughtBy: 'hold: while one Storage object has the session',
    says: /`held` is aborted while the session is held/,
  },
  'stays held after a close during a load': {
    make: class extends ShelfSession {
      override async load() {
        await Promise.resolve();
        return super.load();
      }
    },
    caughtBy: 'hold: a close during a load leaves nothing held',
    says: /in use by process 7 on shelf/,
  },
};

describe('a storage that', () => {
  test.each(Object.entries(BROKEN))('%s is caught, and told why', async (_, { make, caughtBy, says }) => {
    const failures = await failuresOf(() => shelfPlace((shelf) => new make(shelf)));
    const names = failures.map(({ name }) => name);
    const caught = failures.find(({ name }) => name.startsWith(caughtBy));
    expect(caught, `caught only by ${names.join('; ')}`).toBeDefined();
    expect(caught!.message).toMatch(says);
    for (const { message } of failures) {
      for (let seed = 1; seed < 20; seed++) expect(leakIn(message, sampleKey(seed))).toBeNull();
    }
  });

  test('shares one shelf between two places is caught', async () => {
    const shelf = new ShelfPlace();
    const cases = storageConformance({
      open: () => ({ ...shelfPlace((on) => new ShelfSession(on), shelf), hold: true }),
    });
    const isolation = cases.find(({ name }) => name === 'isolation: two places share nothing')!;
    await expect(isolation.run()).rejects.toThrow(SessionHeldError);
  });

  test('has a hold that it does not declare is told to declare it', async () => {
    const failures = await failuresOf(() => ({
      ...shelfPlace((shelf) => new ShelfSession(shelf)),
      hold: false,
    }));
    expect(failures.map(({ name }) => name).join()).toContain(
      'hold: while one Storage object has the session',
    );
    expect(failures[0]!.message).toMatch(/declares no hold. If it is meant, declare `hold: true`/);
  });

  test('is persistent and does not declare it is told to declare it', async () => {
    const failures = await failuresOf(() => ({
      ...shelfPlace((shelf) => new ShelfSession(shelf)),
      persistent: false,
    }));
    expect(failures.map(({ message }) => message).join()).toContain('declare `persistent: true`');
  });

  test('fails is reported as a ConformanceError, and its own errors as they are', async () => {
    const { make } = BROKEN['gives null in place of an empty session']!;
    const [failure] = await failuresOf(() => shelfPlace((shelf) => new make(shelf)));
    expect(failure!.error).toBeInstanceOf(ConformanceError);
    const thrown = new Error('cannot connect');
    const unreachable: Storage = {
      load: () => Promise.reject(thrown),
      save: async () => {},
      close: async () => {},
    };
    const [first] = await failuresOf(() => ({ storage: () => unreachable }));
    expect(first!.error).toBe(thrown);
  });
});
