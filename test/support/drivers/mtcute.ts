/** mtcute, driven. */

import type { Storage } from '../../../src/index.ts';
import type { DcPlace } from '../../../src/testing/dc/index.ts';
import { clientAt } from '../mtcute-client.ts';
import { CODE, type Driver, type DriverOptions, PHONE } from './driver.ts';

export function mtcuteDriver(storage: Storage, dc: DcPlace, { onMessage }: DriverOptions = {}): Driver {
  const { client, provider, errors, aside } = clientAt(dc, storage, { updates: { catchUp: true } });
  if (onMessage) client.onNewMessage.add(({ text }) => onMessage(text));
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
    async accessHash(username) {
      const peer = await client.resolvePeer(username);
      if (peer._ !== 'inputPeerUser') throw new Error(`${username} is a ${peer._}.`);
      return BigInt(peer.accessHash.toString());
    },
    logOut: () => client.logOut().then(() => {}),
    stop: () => client.destroy(),
  };
}
