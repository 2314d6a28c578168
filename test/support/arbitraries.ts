/** Arbitrary sessions for fast-check: every valid value can come up, the extreme ones often. */

import fc from 'fast-check';
import {
  type ChannelStateFields,
  type DataCenterFields,
  Session,
  type SessionFields,
  type UpdateStateFields,
  type UserFields,
} from '../../src/index.ts';
import { sampleKey } from '../../src/testing/index.ts';

const MAX = Number.MAX_SAFE_INTEGER;

/** An id of a user or channel; small ones are frequent, so that they repeat between two sessions. */
export const id: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 2, arbitrary: fc.integer({ min: 1, max: MAX }) },
  { weight: 1, arbitrary: fc.constantFrom(2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 2, MAX) },
);

/** A number of a data centre. */
export const dcId: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 1, max: 6 }) },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 2 ** 31 - 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(203, 2 ** 31 - 1) },
);

/** A counter of the state, or a date. */
export const counter: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: 0, max: MAX }),
  fc.constantFrom(0, 2 ** 31, 2 ** 32, MAX),
);

/** A synthetic key, few enough for the same to come up twice; each begins with SAMPLE_KEY_MARK. */
export const authKey: fc.Arbitrary<Uint8Array> = fc.integer({ min: 1, max: 40 }).map(sampleKey);

const port = fc.oneof(fc.constant(443), fc.integer({ min: 1, max: 65535 }));

/** An address of IPv4 with its port. */
export const ipv4Addr: fc.Arbitrary<string> = fc.tuple(fc.ipV4(), port).map(([ip, at]) => `${ip}:${at}`);

/** An address of IPv6 with its port, in any form of notation. */
export const ipv6Addr: fc.Arbitrary<string> = fc.tuple(fc.ipV6(), port).map(([ip, at]) => `${ip}:${at}`);

/** A username: any text that every storage can keep. */
export const username: fc.Arbitrary<string> = fc.oneof(
  fc.string({ maxLength: 32 }),
  fc.string({ maxLength: 128, unit: 'binary' }).filter((text) => !text.includes('\0')),
);

/** A data centre. */
export const dataCenter: fc.Arbitrary<Required<DataCenterFields>> = fc.record({
  id: dcId,
  ipv4Addr: fc.option(ipv4Addr),
  ipv6Addr: fc.option(ipv6Addr),
  auth: fc.option(authKey),
});

/** A user. */
export const user: fc.Arbitrary<Required<UserFields>> = fc.record({
  id,
  dc: dcId,
  bot: fc.boolean(),
  username: fc.option(username),
});

/** The state of one channel. */
export const channelState: fc.Arbitrary<ChannelStateFields> = fc.record({ id, pts: counter });

/** An update state. */
export const updateState: fc.Arbitrary<Required<UpdateStateFields>> = fc.record({
  pts: counter,
  qts: counter,
  date: counter,
  seq: counter,
  channels: fc.uniqueArray(channelState, { selector: (channel) => channel.id, maxLength: 12 }),
});

/** The fields of a session. */
export const sessionFields: fc.Arbitrary<Required<SessionFields>> = fc.record({
  dcs: fc.uniqueArray(dataCenter, { selector: (dc) => dc.id, maxLength: 6 }),
  user: fc.option(user),
  state: fc.option(updateState),
});

/** A session. */
export const session: fc.Arbitrary<Session> = sessionFields.map((fields) => new Session(fields));

/** Anything at all that a caller could hand over by mistake. */
export const anything: fc.Arbitrary<unknown> = fc.anything({
  withBigInt: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
