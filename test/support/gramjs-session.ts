/** The real clients of GramJS and teleproto, unmodified, on a storage of ours. */

import { onTestFinished } from 'vitest';
import { type GramjsSession, type GramjsSessionOptions, gramjsSession } from '../../src/clients/gramjs.ts';
import type { AsideEntry, Session, Storage } from '../../src/index.ts';
import type { LoopbackDc } from '../../src/testing/dc/index.ts';
import { type ClientOptions, type GramjsClient, gramjsClientOn, stringSessionOf } from './loopback.ts';

export type Package = 'telegram' | 'teleproto';
export const packages: readonly Package[] = ['telegram', 'teleproto'];

/** A client, its session, and what was heard of it. */
export type KeptClient = Omit<GramjsClient, 'session'> & {
  readonly session: GramjsSession & GramjsClient['session'];
  errors: unknown[];
  aside: AsideEntry[];
  dead: string[];
  lost: unknown[];
};

/** A client that is not connected yet, set up as the page on it says. */
export function keptClient(
  name: Package,
  dc: LoopbackDc,
  storage: Storage,
  { attach = true, ...options }: ClientOptions & { attach?: boolean } = {},
  sessionOptions: GramjsSessionOptions = {},
): KeptClient {
  const heard = {
    errors: [] as unknown[],
    aside: [] as AsideEntry[],
    dead: [] as string[],
    lost: [] as unknown[],
  };
  const session = gramjsSession(stringSessionOf(name), storage, {
    defaultDc: { id: dc.id, ipAddress: dc.host, port: dc.port },
    onError: (error) => heard.errors.push(error),
    onAside: (entry) => heard.aside.push(entry),
    onDead: (reason) => heard.dead.push(reason),
    onHeldLost: (reason) => heard.lost.push(reason),
    ...sessionOptions,
  });
  const kept = gramjsClientOn(name, dc, session, options);
  if (attach) session.attach(kept.client);
  onTestFinished(() => kept.client.destroy().catch(() => {}));
  return { ...kept, ...heard };
}

/** What is saved in a storage that nobody uses. */
export async function stored(storage: Storage): Promise<Session> {
  const session = await storage.load();
  await storage.close();
  return session!;
}

/** The data centres of a session that have a key, and its id. */
export const keysIn = (session: Session) =>
  session.dcs.filter(({ auth }) => auth !== null).map((each) => [each.id, each.authKeyId]);
