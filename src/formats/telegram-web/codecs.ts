/** Telegram Web A and Web K as formats: a JSON object of the items in localStorage (formats/telegram-web.md). */

import type { Codec, Detection } from '../codec.ts';
import { dumpIn, dumpOrNull } from '../local-storage-dump.ts';
import type { Snapshot } from '../snapshot.ts';
import { checkVersion } from '../versions.ts';
import { type Client, clientOf } from './items.ts';
import { readWebDump } from './read.ts';
import { writeWebDump } from './write.ts';

function webCodec(client: Client, carries: string): Codec {
  const name = `telegram-web-${client}-localstorage`;
  const title = `Telegram Web ${client.toUpperCase()}`;
  return {
    name,
    title: `${title}, its localStorage as JSON`,
    text: false,
    suffix: '.json',
    writes: [null],
    carries,

    async detect(input): Promise<Detection | null> {
      const dump = await dumpOrNull(input);
      if (dump === null || clientOf(dump) !== client) return null;
      return { format: name, version: null, reason: `It is a JSON object with the items of ${title}.` };
    },

    async read(input): Promise<Snapshot[]> {
      return readWebDump(await dumpIn(input), input.label, name);
    },

    async write(snapshots, options) {
      checkVersion(this, options);
      return writeWebDump(snapshots, client);
    },
  };
}

/** Telegram Web A, which was called Z at first. */
export const telegramWebA = webCodec('a', 'all keys, the user, test mode, the phone, several accounts');

/** Telegram Web K. */
export const telegramWebK = webCodec('k', 'all keys, the user, test mode, several accounts');
