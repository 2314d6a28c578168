/** One session of MTKruto's stores, of 0.70 and newer, or older (formats/mtkruto.md, section 2). */

import { checkCounter, checkId } from '../../check.ts';
import { DataCenter, Session, UpdateState, User } from '../../session.ts';
import { withUsualAddresses } from '../main-dc.ts';
import { type Account, type JsonValue, type Snapshot, snapshotOf } from '../snapshot.ts';
import { nameOf } from './dc-name.ts';
import { readStateFields } from './state-fields.ts';
import { bytesOf, type Read, readAuth, readOldAuth } from './store-auth.ts';
import type { Items } from './store-items.ts';
import { readPeers } from './store-peers.ts';
import { parseValue } from './value.ts';

/**
 * The account in a session.
 *
 * @param prefix the prefix of its store
 * @param texts the values of its items
 * @param otherKeys those of the items with keys for other data centres
 * @param account which one it is, where there are several
 * @throws SessionError `INVALID_VALUE` naming the item
 */
export function snapshotIn(
  format: string,
  prefix: string,
  texts: Items,
  otherKeys: Items,
  account: Account | null,
): Snapshot {
  const notes: string[] = [];
  const value: Read = (item) => {
    const text = texts.get(item);
    return text === undefined ? undefined : parseValue(item, text);
  };
  const auth = texts.has('auth') ? readAuth(value('auth')) : readOldAuth(value);
  const { dc, apiId, userId, isBot } = auth;
  const { peers, own } = readPeers(texts, value, userId, notes);
  const others = [...otherKeys].flatMap(([item, text]) => {
    const id = Number(item.slice('auth.key['.length, -1));
    const key = bytesOf(item, parseValue(item, text));
    return id === dc.id || key === null ? [] : [new DataCenter({ id, auth: key }, item)];
  });
  const dcs = [new DataCenter({ id: dc.id, auth: auth.key }, 'auth'), ...others];
  const session = new Session({ dcs: dcs.map((each) => withUsualAddresses(each, dc.test, notes)) });
  if (userId !== null) {
    const username = own?.usernames[0] ?? null;
    session.user = new User({ id: userId, dc: dc.id, bot: isBot ?? false, username }, 'auth');
    if (isBot === null) notes.push('The store does not say whether the account is a bot: taken for "no".');
  } else notes.push('Nobody is logged in: the key was made, but not used to log in.');
  session.state = readState(texts, value);
  noteLeftOut(texts, notes);
  const isPremium = value('auth.isPremium');
  const extra: { [key: string]: JsonValue } = { testMode: dc.test, dc: nameOf(dc), apiId, prefix };
  if (typeof isPremium === 'boolean') extra.isPremium = isPremium;
  return snapshotOf(session, {
    origin: { format, version: null },
    account,
    loggedIn: userId !== null,
    botKnown: userId === null || isBot !== null,
    mainDc: dc.id,
    testMode: dc.test,
    apiId,
    phone: own?.phone ?? null,
    usernames: own !== null && own.usernames.length > 1 ? own.usernames : [],
    peers,
    extra,
    notes,
  });
}

function readState(texts: Items, value: Read): UpdateState | null {
  const stored = value('updates.state');
  if (stored === undefined) return null;
  const channels = readChannels(texts, value);
  return new UpdateState({ ...readStateFields(stored), channels }, 'updates.state');
}

/** The name of these items became shorter with 0.70, so that there may be two for a channel. */
function readChannels(texts: Items, value: Read): { id: number; pts: number }[] {
  const channels = new Map<number, number>();
  for (const name of ['updates.channelPts[', 'channelPts[']) {
    for (const item of texts.keys()) {
      if (!item.startsWith(name)) continue;
      const id = checkId(item, 'id', Number(item.slice(name.length, -1)));
      channels.set(id, checkCounter(item, 'pts', value(item)));
    }
  }
  return [...channels].map(([id, pts]) => ({ id, pts })).sort((a, b) => a.id - b.id);
}

function noteLeftOut(texts: Items, notes: string[]): void {
  if (texts.has('session.serverSalt')) {
    notes.push('The server salt was left out: a client gets a new one when it connects.');
  }
  const hasChannels = [...texts.keys()].some((item) => item.startsWith('channelPts['));
  if (hasChannels && !texts.has('updates.state')) {
    notes.push('How far channels were read was left out: there is no state of the account beside it.');
  }
}
