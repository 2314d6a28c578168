/** mtcute, driven. */

import { setImmediate } from 'node:timers/promises';
import { authKeyId, type Storage } from '../../../src/index.ts';
import type { DcPlace } from '../../../src/testing/dc/index.ts';
import { clientAt } from '../mtcute-client.ts';
import { CODE, type Driver, type DriverOptions, PHONE } from './driver.ts';

export function mtcuteDriver(
  storage: Storage,
  dc: DcPlace,
  { onMessage, onKey }: DriverOptions = {},
): Driver {
  const { client, base, provider, errors, aside } = clientAt(dc, storage, { updates: { catchUp: true } });
  if (onMessage) client.onNewMessage.add(({ text }) => onMessage(text));
  const { authKeys } = provider;
  const set = authKeys.set.bind(authKeys);
  authKeys.set = async (id, key) => {
    await set(id, key);
    if (key !== null) onKey?.(authKeyId(key));
  };
  // Destroyed while it asks for a difference, it leaves a rejection unhandled: mtcute 0.29, also with its own storages.
  const pending = new Set<Promise<unknown>>();
  const call = base.call.bind(base);
  base.call = ((...args: Parameters<typeof call>) => {
    const answer = call(...args);
    const settled = answer.then(
      () => {},
      () => {},
    );
    pending.add(settled);
    settled.then(() => pending.delete(settled));
    return answer;
  }) as typeof call;
  const idle = async () => {
    client.stopUpdatesLoop();
    while (pending.size > 0) {
      await Promise.all(pending);
      await setImmediate();
    }
  };
  return {
    errors,
    aside,
    async connect() {
      await provider.open();
      await client.connect();
    },
    async logIn() {
      const sent = await client.sendCode({ phone: PHONE });
      if ('id' in sent) throw new Error('It is logged in already.');
      return (await client.signIn({ phone: PHONE, phoneCodeHash: sent.phoneCodeHash, phoneCode: CODE })).id;
    },
    me: async () => (await client.getMe()).id,
    catchUp: () => client.startUpdatesLoop(),
    async accessHash(user) {
      const peer = await client.resolvePeer(user);
      if (peer._ !== 'inputPeerUser') throw new Error(`${user} is a ${peer._}.`);
      return BigInt(peer.accessHash.toString());
    },
    logOut: () => client.logOut().then(() => {}),
    async stop() {
      await idle();
      await client.destroy();
    },
  };
}
