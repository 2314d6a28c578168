/** {@link AuthPart}: who is logged in, as MTKruto has it. */

import { authKeyId, checkAuthKey, sameAuthKey } from '../../auth-key.ts';
import { checkObject } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { isTestServer, usualAddress } from '../../formats/data-centers.ts';
import { dcName } from '../../formats/mtkruto/dc-name.ts';
import { type Auth, readAuth } from '../../formats/mtkruto/store-auth.ts';
import type { Value } from '../../formats/mtkruto/value.ts';
import { loginOf } from '../../login.ts';
import type { Session } from '../../session.ts';
import { dataCenterOf, type LiveSession } from '../live-session.ts';
import type { MtkrutoKey } from './interface.ts';
import type { Part } from './routed-store.ts';

/** The value of the key `["auth"]`. */
export interface MtkrutoAuth {
  apiId: number;
  authKey: Uint8Array | null;
  /** The name of the main data centre: `2`, or `2-test`. */
  dc: string | null;
  isBot: boolean;
  /** 0 where nobody is logged in, or nobody knows who it is. */
  userId: number;
}

/** What is not in the session. */
export interface AuthOptions {
  /** The application id until MTKruto gives another one. */
  apiId: number;
  /** Whether it is a session of the test servers; left out where its addresses tell. */
  testMode: boolean | undefined;
  /** Called when the session is another user's, or nobody's, from now on. */
  onOver(): void;
}

/**
 * One record, `["auth"]`, in which MTKruto keeps what a session has: the key of the main data centre, and the user.
 *
 * MTKruto forgets a key whenever the record has another one: when it goes to another data centre to log in there, when an
 * auth string is imported, and when it made a new one. What was logged in with it is kept aside; what was not, as far as we
 * saw it being made, is nothing to keep. When it removes the record, somebody has logged out.
 */
export class AuthPart implements Part {
  readonly #live: LiveSession;
  readonly #options: AuthOptions;
  #apiId: number;
  #isTest = false;
  /** The main data centre, where no user tells it. */
  #main: number | null = null;
  /**
   * Id of a key that was made here, and with which nobody has logged in. To go to another data centre MTKruto closes its
   * storage, and initializes it again.
   */
  #unused: string | null = null;
  readonly #deadKeys = new Set<string>();

  constructor(live: LiveSession, options: AuthOptions) {
    this.#live = live;
    this.#options = options;
    this.#apiId = options.apiId;
  }

  /** The data centre that the account lives on, or null where that is not known. */
  get mainDc(): number | null {
    return this.#live.session.user?.dc ?? this.#main;
  }

  /** Whether it is a session of the test servers. */
  get isTest(): boolean {
    return this.#isTest;
  }

  /**
   * Takes over the session that was loaded.
   *
   * @throws SessionError `CANNOT_HOLD` if MTKruto does not know its data centre
   */
  fill(): void {
    const { session } = this.#live;
    const { keyId = null } = loginOf(session) ?? {};
    this.#main = session.dcs.find(({ authKeyId }) => keyId !== null && authKeyId === keyId)?.id ?? null;
    const main = session.dcs.find(({ id }) => id === this.mainDc);
    this.#isTest = this.#options.testMode ?? (main === undefined ? null : isTestServer(main)) ?? false;
    if (main === undefined || dcName(main, this.#isTest) !== null) return;
    const servers = this.#isTest ? 'test servers' : 'production servers';
    throw new SessionError(
      'CANNOT_HOLD',
      `The session lives on data centre ${main.id} of the ${servers}, of which MTKruto has no address.`,
      { field: 'session.dcs' },
    );
  }

  /** The main key must not be used again. MTKruto will write it once more, and it is not taken. */
  markDead(keyId: string): void {
    this.#deadKeys.add(keyId);
    this.#options.onOver();
  }

  has(key: MtkrutoKey): boolean {
    return key.length === 1;
  }

  get(): MtkrutoAuth | null {
    const { user, dcs } = openSession(this.#live);
    const { mainDc } = this;
    if (mainDc === null) return null;
    const key = dcs.find(({ id }) => id === mainDc)?.auth ?? null;
    return {
      apiId: this.#apiId,
      authKey: key === null ? null : Uint8Array.from(key),
      dc: dcName({ id: mainDc }, this.#isTest),
      isBot: user?.bot ?? false,
      userId: user?.id ?? 0,
    };
  }

  /** Resolves when it is durable. @throws what the storage threw, of which `onError` has heard */
  set(_key: MtkrutoKey, value: unknown): Promise<void> {
    if (value === null) {
      this.#main = null;
      this.#live.logOut();
      this.#options.onOver();
    } else this.#apply(checkObject('auth', '', value) as MtkrutoAuth);
    return this.#live.flush();
  }

  keys(): MtkrutoKey[] {
    return this.mainDc === null ? [] : [['auth']];
  }

  #apply(record: MtkrutoAuth): void {
    // A record without a data centre is how MTKruto begins.
    const next = record.dc === null ? null : readRecord(record);
    const key = next === null || this.#isDead(next.key) ? null : next.key;
    this.#leave(next, key);
    if (next === null) return;
    this.#apiId = next.apiId ?? 0;
    this.#isTest = next.dc.test;
    this.#main = next.dc.id;
    if (key !== null) this.#setKey(next, key);
    this.#setUser(next, key);
  }

  #isDead(key: Uint8Array | null): boolean {
    return key !== null && this.#deadKeys.has(authKeyId(key));
  }

  /** Ends the login that there is, if the next record is of another one. */
  #leave(next: Auth | null, key: Uint8Array | null): void {
    const { session } = this.#live;
    const { mainDc } = this;
    const before = session.dcs.find(({ id }) => id === mainDc)?.auth ?? null;
    if (before === null || (next?.dc.id === mainDc && sameAuthKey(before, key))) return;
    if (session.user === null && authKeyId(before) === this.#unused) {
      this.#live.change(({ dcs }) => {
        for (const dc of dcs) dc.auth = null;
      });
    } else this.#live.endLogin(key === null ? 'erased' : 'replaced');
    this.#options.onOver();
  }

  #setKey({ dc, userId }: Auth, key: Uint8Array): void {
    const { session } = this.#live;
    const before = session.dcs.find(({ id }) => id === dc.id)?.auth ?? null;
    if (!sameAuthKey(before, key)) this.#unused = userId === null ? authKeyId(key) : null;
    this.#live.setKey(dc.id, key, false);
    if (isTestServer(dataCenterOf(session, dc.id)) !== dc.test) {
      this.#live.change((each) => addUsualAddress(each, dc.id, dc.test));
    }
  }

  #setUser({ dc, userId, isBot }: Auth, key: Uint8Array | null): void {
    const { user } = this.#live.session;
    if (userId !== null && (key !== null || user !== null)) {
      const isSame = user?.id === userId;
      const username = isSame ? user.username : null;
      this.#live.setUser({ id: userId, dc: dc.id, bot: isBot ?? false, username });
      if (user === null || isSame) return;
      // The keys of other data centres were logged in for the one before.
      this.#live.change(({ dcs }) => {
        for (const each of dcs) if (each.id !== dc.id) each.auth = null;
      });
      this.#options.onOver();
    } else if (user !== null && user.dc !== dc.id) {
      this.#live.change((session) => {
        session.user = null;
      });
    }
  }
}

/** @throws SessionError `INVALID_VALUE` */
function readRecord({ authKey, ...rest }: MtkrutoAuth): Auth {
  const fields = Object.entries({ ...rest, authKey: authKey ?? new Uint8Array(0) });
  const auth = readAuth(new Map<string, Value>(fields as [string, Value][]));
  return { ...auth, key: checkAuthKey('auth', 'authKey', auth.key) };
}

/** MTKruto keeps no addresses: it has them built in. Others that are not Telegram's own stay. */
function addUsualAddress(session: Session, id: number, test: boolean): void {
  const dc = dataCenterOf(session, id);
  const isElsewhere = isTestServer(dc) === null && (dc.ipv4Addr !== null || dc.ipv6Addr !== null);
  if (isElsewhere) return;
  dc.ipv4Addr = usualAddress(id, test, 4);
  dc.ipv6Addr = usualAddress(id, test, 6);
}

/** The session, when it is loaded: to know nothing of it is not to have none. @throws SessionError `CLOSED` */
export function openSession(live: LiveSession): Session {
  if (live.isOpen) return live.session;
  throw new SessionError(
    'CLOSED',
    'The session is not open, so nothing of it can be read. Initialize it first.',
  );
}
