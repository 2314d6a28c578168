/**
 * What of an account stands in our own formats: all that a snapshot has. The order of the fields is their order in the
 * compact notation, and may never change in a version.
 */

import { MAX_DC_ID } from '../../check.ts';
import { type ChannelStateFields, DataCenter, Session, type UserFields } from '../../session.ts';
import type { Account, MediaDc, Snapshot } from '../snapshot.ts';
import { jsonObject } from './json-value.ts';
import { peers } from './peers.ts';
import {
  address,
  boolean,
  flag,
  int64,
  integer,
  key,
  list,
  made,
  nullable,
  onOneLine,
  optional,
  record,
  type Shape,
  text,
} from './shapes.ts';

/** Accounts and data centres are larger objects than most. */
const LARGE = 10;

const dcId = integer(1, MAX_DC_ID);
const counter = integer(0);

/** A data centre; the name of its key is one that scanners for secrets know. */
interface DcFields {
  id: number;
  ipv4Addr: string | null;
  ipv6Addr: string | null;
  telegramAuthKey: Uint8Array | null;
}

const dataCenter: Shape<DataCenter> = made(
  record<DcFields>({
    id: dcId,
    ipv4Addr: nullable(address(4)),
    ipv6Addr: nullable(address(6)),
    telegramAuthKey: nullable(key),
  }),
  ({ auth, ...fields }) => ({ ...fields, telegramAuthKey: auth }),
  ({ telegramAuthKey, ...fields }, at) => new DataCenter({ ...fields, auth: telegramAuthKey }, at),
);

interface StateFields {
  pts: number;
  qts: number;
  date: number;
  seq: number;
  channels: readonly ChannelStateFields[];
}

interface SessionFields {
  dcs: readonly DataCenter[];
  user: Required<UserFields> | null;
  state: StateFields | null;
}

const user = record<Required<UserFields>>({
  id: integer(1),
  dc: dcId,
  bot: flag(false),
  username: nullable(text),
});

const state = record<StateFields>({
  pts: counter,
  qts: counter,
  date: counter,
  seq: counter,
  channels: list(onOneLine(record<ChannelStateFields>({ id: integer(1), pts: counter }))),
});

const session: Shape<Session> = made(
  record<SessionFields>({ dcs: list(dataCenter, LARGE), user: nullable(user), state: nullable(state) }),
  // It may have been changed since it was made: this checks it, as reading does.
  (value) => new Session(value),
  (value, at) => new Session(value, at),
);

const mediaDc = record<MediaDc>({
  id: dcId,
  ipv4Addr: nullable(address(4)),
  ipv6Addr: nullable(address(6)),
  mediaOnly: flag(false),
});

const snapshot: Shape<Snapshot> = record<Snapshot>({
  origin: record<Snapshot['origin']>({
    format: text,
    version: nullable(integer(Number.MIN_SAFE_INTEGER)),
    fork: optional(text) as Shape<string>,
  }),
  account: nullable(record<Account>({ index: integer(Number.MIN_SAFE_INTEGER), active: nullable(boolean) })),
  loggedIn: nullable(boolean),
  botKnown: flag(true),
  testMode: nullable(boolean),
  mainDc: nullable(dcId),
  authorizedDcs: nullable(onOneLine(list(dcId))),
  apiId: nullable(integer(Number.MIN_SAFE_INTEGER)),
  phone: nullable(text),
  usernames: onOneLine(list(text)),
  takeoutId: nullable(int64),
  session,
  keysToDestroy: list(dataCenter, LARGE),
  mediaDc: nullable(mediaDc),
  peers,
  extra: jsonObject,
  notes: list(text) as Shape<string[]>,
});

/** The accounts of a file. */
export const accounts: Shape<readonly Snapshot[]> = list(snapshot, LARGE);
