/** {@link Home}: the data centre that a client of GramJS or teleproto lives on. */

import { splitAddress } from '../../address.ts';
import { checkDcId, checkInteger, checkText, type Place } from '../../check.ts';
import { SessionError } from '../../errors.ts';
import { isTestServer, usualAddress } from '../../formats/data-centers.ts';
import { type Addresses, addressesOf } from '../../server-address.ts';
import type { DataCenter } from '../../session.ts';
import { dataCenterOf, type LiveSession } from '../live-session.ts';

/** A data centre, and where it is. */
export interface ServerAddress {
  id: number;
  /** An IP address, or the name of a host. */
  ipAddress: string;
  port: number;
}

/** What decides where a session begins. */
export interface HomeOptions {
  /** Where a new session begins, or null for what the client has of its own. */
  defaultDc: ServerAddress | null;
  /** Whether it is one of the test servers; undefined where the address has to tell. */
  testMode: boolean | undefined;
}

/** Where the client begins, and where it goes. */
export class Home {
  readonly #live: LiveSession;
  readonly #options: HomeOptions;
  #server: ServerAddress | null = null;

  constructor(live: LiveSession, options: HomeOptions) {
    this.#live = live;
    this.#options = options;
  }

  /** Null before the session is loaded, and where the client decides for itself. */
  get server(): ServerAddress | null {
    return this.#server;
  }

  /** The number of the data centre; 0 where that is not known. */
  get id(): number {
    return this.#server?.id ?? 0;
  }

  /**
   * Takes over what was loaded: the data centre of the user, or the only one that has a key.
   *
   * @throws SessionError `CANNOT_HOLD` if nobody knows where that is
   */
  fill(): void {
    const { testMode, defaultDc } = this.#options;
    const { user, dcs } = this.#live.session;
    const withKey = dcs.filter(({ auth }) => auth !== null);
    const id = user?.dc ?? (withKey.length === 1 ? withKey[0]!.id : null);
    const dc = dcs.find((each) => each.id === id);
    const own = dc?.ipv4Addr ?? dc?.ipv6Addr ?? null;
    if (id === null || (own === null && id === defaultDc?.id)) {
      this.#server = defaultDc;
      return;
    }
    const address = own ?? usualAddress(id, testMode ?? (dc && isTestServer(dc)) ?? false, 4);
    const parts = address === null ? null : splitAddress(address);
    if (parts === null) {
      throw new SessionError(
        'CANNOT_HOLD',
        `The session is on data centre ${id}, and nobody knows where that is: put its address in the session, or in the option "defaultDc".`,
      );
    }
    this.#server = { id, ipAddress: parts.ip, port: parts.port };
  }

  /** Forgets it, once the session is closed. */
  clear(): void {
    this.#server = null;
  }

  /**
   * The client goes there.
   *
   * @returns whether it was elsewhere until now
   * @throws SessionError `INVALID_VALUE`
   */
  set(server: ServerAddress): boolean {
    const { id } = server;
    const addresses = checkServer('setDC', server);
    const hasMoved = this.#server !== null && this.#server.id !== id;
    this.#server = { ...server };
    this.#live.change((session) => {
      setAddresses(dataCenterOf(session, id), addresses);
      if (session.user !== null) session.user.dc = id;
    });
    return hasMoved;
  }

  /** Puts in the session where its key is good, which no client tells of the place where it began. */
  collect(): void {
    const server = this.#server;
    const dc = this.#live.session.dcs.find(({ id }) => id === server?.id);
    if (server === null || dc === undefined || dc.auth === null) return;
    if (dc.ipv4Addr !== null || dc.ipv6Addr !== null) return;
    const addresses = addressesOf('server', 'ipAddress', server.ipAddress, server.port);
    if (addresses.ipv4Addr === null && addresses.ipv6Addr === null) return;
    this.#live.change(() => setAddresses(dc, addresses));
  }
}

/** The addresses of a server; none for the name of a host. @throws SessionError `INVALID_VALUE` */
export function checkServer(at: Place, { id, ipAddress, port }: ServerAddress): Addresses {
  checkDcId(at, 'id', id);
  checkInteger(at, 'port', port, 1, 65535);
  return addressesOf(at, 'ipAddress', checkText(at, 'ipAddress', ipAddress, 253), port);
}

/** The other family's address is as good as before. */
function setAddresses(dc: DataCenter, { ipv4Addr, ipv6Addr }: Addresses): void {
  if (ipv4Addr !== null) dc.ipv4Addr = ipv4Addr;
  if (ipv6Addr !== null) dc.ipv6Addr = ipv6Addr;
}
