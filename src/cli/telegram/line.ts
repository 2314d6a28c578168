/** {@link Line}: the network under a client, which tells when it is down. mtcute itself would try for ever. */

import type { Mtcute } from './mtcute.ts';
import { isLoopback, type TestNetwork } from './test-dc.ts';

type Transport = import('@mtcute/node').TelegramTransport;
type Dc = Parameters<Transport['connect']>[0];

/** How often it is tried. */
export interface LineOptions {
  /** So many attempts in a row that fail are the end. */
  maxFailures: number;
  /** So many connections are made at most. */
  maxConnections: number;
  network: TestNetwork | null;
}

/** A transport of mtcute. */
export class Line implements Transport {
  readonly #tcp: Transport;
  readonly #options: LineOptions;
  #failures = 0;
  #connections = 0;
  /** Hears why the network is down. */
  onDown: ((reason: string) => void) | null = null;

  constructor({ node }: Mtcute, options: LineOptions) {
    this.#tcp = new node.TcpTransport();
    this.#options = options;
  }

  packetCodec(dc: Dc): ReturnType<Transport['packetCodec']> {
    return this.#tcp.packetCodec(dc);
  }

  async connect(dc: Dc): ReturnType<Transport['connect']> {
    const { maxFailures, maxConnections } = this.#options;
    const place = this.#placeOf(dc);
    try {
      if (++this.#connections > maxConnections) throw new Error('it closes the connection');
      const connection = await this.#tcp.connect(place);
      this.#failures = 0;
      return connection;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = `data centre ${place.id} at ${place.ipAddress}:${place.port}: ${code ?? message}`;
      if (++this.#failures >= maxFailures) this.onDown?.(reason);
      throw error;
    }
  }

  /** In a test there is no way to Telegram itself. */
  #placeOf(dc: Dc): Dc {
    const { network } = this.#options;
    if (network === null) return dc;
    const known = network.dcs.find(({ id }) => id === dc.id);
    if (known !== undefined) return { ...dc, ipAddress: known.ipAddress, port: known.port };
    if (isLoopback(dc.ipAddress)) return dc;
    throw new Error(
      `TGSESSION_TEST_DC has no data centre ${dc.id}, and ${dc.ipAddress} is not this machine.`,
    );
  }
}
