/** The session files of gotd, JSON; its stores in databases hold the same text as one value (formats/gotd.md). */

import { SessionError } from '../../errors.ts';
import type { Codec, Detection, FormatInput, Written } from '../codec.ts';
import { usualAddress } from '../data-centers.ts';
import { lossesOf } from '../loss.ts';
import { mainDataCenter, testModeToWrite, withAddress } from '../main-dc.ts';
import { onlySnapshot } from '../one.ts';
import type { Snapshot } from '../snapshot.ts';
import { jsonHeadOf, textOf } from '../text.ts';
import { checkVersion } from '../versions.ts';
import { GOTD_VERSION, readGotd } from './read.ts';
import { gotdText } from './write.ts';

const NAME = 'gotd-json';

/** Beyond this it is no session: those of a running client have some 10 KB, most of it the list of data centres. */
const MAX_BYTES = 1024 * 1024;

/** Session files of gotd. */
export const gotdJson: Codec = {
  name: NAME,
  title: 'gotd, JSON (also the value in its bbolt, pebble, redis, s3 and vault stores)',
  text: false,
  suffix: '.json',
  writes: [GOTD_VERSION],
  carries: 'the main data centre with its key, the addresses of the others, test mode',

  async detect(input): Promise<Detection | null> {
    const head = await jsonHeadOf(input);
    // Go reads names in any case. A file that was cut off ends before the key, and behind the configuration.
    const isGotd =
      head !== null &&
      /"data"\s*:\s*\{/i.test(head) &&
      (/"authkey"\s*:/i.test(head) || (/"blockedmode"\s*:/i.test(head) && /"dcoptions"\s*:/i.test(head)));
    if (!isGotd) return null;
    const version = /"version"\s*:\s*(\d{1,9})\b/i.exec(head)?.[1];
    return {
      format: NAME,
      version: version === undefined ? null : Number(version),
      reason: 'It is JSON with the fields Data and AuthKey, or Config, of gotd.',
    };
  },

  async read(input: FormatInput): Promise<Snapshot[]> {
    const text = await textOf(input, MAX_BYTES);
    if (text === '') throw new SessionError('INVALID_VALUE', `${input.label} is empty.`);
    return [readGotd(text, input.label, NAME)];
  },

  async write(snapshots, options): Promise<Written> {
    checkVersion(this, options);
    const snapshot = onlySnapshot(snapshots, NAME);
    const { session, testMode } = snapshot;
    const notes: string[] = [];
    const found = mainDataCenter(snapshot);
    if (found.auth === null) {
      throw new SessionError(
        'CANNOT_HOLD',
        `Data centre ${found.id} has no key, without which gotd reads no session.`,
        {
          field: `session.dcs[${session.dcs.indexOf(found)}].auth`,
          found: 'null',
        },
      );
    }
    // gotd connects by its own list, so that a number it does not know is the application's affair.
    const isKnown = usualAddress(found.id, testMode === true, 4) !== null;
    const main = isKnown ? withAddress(found, testMode, notes) : found;
    const dcs = session.dcs.map((dc) => (dc === found ? main : dc));
    const text = gotdText(main, found.auth, dcs, testModeToWrite(snapshot, main, notes));
    const losses = lossesOf(snapshot, main, ['otherAddresses', 'bothAddresses', 'testMode', 'mainDc']);
    return { files: new Map([['', new TextEncoder().encode(text)]]), losses, notes };
  },
};
