/** A network that can be cut and can stall: a proxy on the loopback in front of a server. */

import { connect, createServer, type Socket } from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** Ends all connections, and each new one at once. */
  cut(): void;
  /** Takes connections and what comes from them, and lets nothing through. */
  stall(): void;
  /** Lets everything through again, also what waited. */
  restore(): void;
  close(): Promise<void>;
}

/** Starts a proxy in front of a port of this machine. */
export async function startProxy(to: number): Promise<TcpProxy> {
  let network: 'up' | 'cut' | 'stalled' = 'up';
  const sockets = new Set<Socket>();

  const server = createServer({ allowHalfOpen: false }, (client) => {
    if (network === 'cut') {
      client.destroy();
      return;
    }
    const target = connect(to, '127.0.0.1');
    for (const [from, other] of [
      [client, target],
      [target, client],
    ] as const) {
      sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => other.write(bytes));
      from.on('error', () => {});
      from.on('close', () => {
        sockets.delete(from);
        other.destroy();
      });
      if (network === 'stalled') from.pause();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as { port: number }).port,
    cut() {
      network = 'cut';
      for (const socket of sockets) socket.destroy();
    },
    stall() {
      network = 'stalled';
      for (const socket of sockets) socket.pause();
    },
    restore() {
      network = 'up';
      for (const socket of sockets) socket.resume();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
