/** What a conversion loses: all that a snapshot holds and its target does not. */

import type { Peer, Peers } from '../peers.ts';
import type { DataCenter, Session } from '../session.ts';
import type { Loss } from './codec.ts';
import { isTestServer, isUsualAddress } from './data-centers.ts';
import type { Snapshot } from './snapshot.ts';

/** Things that not every format can hold. A format lists those that it can. */
export type Holds =
  /** Data centres beside the account's own. */
  | 'otherDcs'
  /** Keys of data centres beside the account's own, but no addresses of these. */
  | 'otherKeys'
  /** Addresses of data centres beside the account's own, but no keys of these. */
  | 'otherAddresses'
  /** Both addresses of a data centre, rather than one. */
  | 'bothAddresses'
  | 'user'
  | 'user.bot'
  | 'user.username'
  /** All usernames of the account, rather than the main one. */
  | 'usernames'
  | 'state'
  | 'state.channels'
  | 'peers'
  /** Which peers are bots, channels or supergroups. */
  | 'peers.type'
  | 'takeoutId'
  | 'phone'
  | 'apiId'
  | 'testMode'
  | 'mainDc'
  | 'mediaDc'
  /** Which keys are logged in. */
  | 'authorizedDcs'
  | 'keysToDestroy';

/**
 * The losses of writing a snapshot in a format that holds only some things.
 *
 * @param main the account's own data centre, for formats that do not hold others
 */
export function lossesOf(snapshot: Snapshot, main: DataCenter | null, holds: readonly Holds[]): Loss[] {
  const { session, peers, takeoutId, phone, apiId, testMode, mainDc, mediaDc } = snapshot;
  const { usernames, authorizedDcs, keysToDestroy } = snapshot;
  const { user, state } = session;
  const losses: Loss[] = [];
  const lose = (field: string, message: string) => losses.push({ field, message });
  const lacks = (what: Holds) => !holds.includes(what);

  if (lacks('otherDcs')) {
    session.dcs.forEach((dc, i) => {
      if (dc.id !== main?.id) losses.push(...otherDcLosses(dc, `session.dcs[${i}]`, holds));
    });
  }
  if (lacks('bothAddresses') && main !== null && main.ipv4Addr !== null && main.ipv6Addr !== null) {
    const i = session.dcs.findIndex((dc) => dc.id === main.id);
    lose(`session.dcs[${i}].ipv6Addr`, `The IPv6 address of data centre ${main.id}: one address is kept.`);
  }
  if (user !== null && lacks('user')) {
    lose('session.user', 'Who is logged in: the client asks the server again.');
  } else if (user !== null) {
    if (user.bot && lacks('user.bot')) lose('session.user.bot', 'That the account is a bot.');
    if (user.username !== null && lacks('user.username')) {
      lose('session.user.username', 'The username of the account.');
    }
  }
  if (state !== null && lacks('state')) {
    lose('session.state', 'How far updates were read: what arrives until the next connection may be missed.');
  } else if (state !== null && state.channels.length > 0 && lacks('state.channels')) {
    lose('session.state.channels', `How far ${state.channels.length} channels were read.`);
  }
  if (usernames.length > 1 && lacks('usernames')) {
    lose('usernames', `${usernames.length - 1} usernames of the account beside its main one.`);
  }
  if (peers.length > 0 && lacks('peers')) lose('peers', `The access hashes of ${peers.length} peers.`);
  else if (lacks('peers.type') && someHasType(peers)) {
    lose('peers.type', 'Which peers are bots, and which are channels or supergroups.');
  }
  if (takeoutId !== null && lacks('takeoutId')) lose('takeoutId', 'The open takeout.');
  if (phone !== null && lacks('phone')) lose('phone', 'The phone number of the account.');
  if (apiId !== null && lacks('apiId')) lose('apiId', 'The application id that the key was made with.');
  if (testMode === true && lacks('testMode') && (main === null || isTestServer(main) !== true)) {
    lose('testMode', 'That the session belongs to the test servers.');
  }
  if (mainDc !== null && lacks('mainDc') && mainDc !== user?.dc) {
    lose('mainDc', `That the account lives on data centre ${mainDc}.`);
  }
  if (mediaDc !== null && lacks('mediaDc')) lose('mediaDc', 'Which data centre serves files.');
  // Where other keys are lost, it does not matter which of them are logged in.
  const only = lacks('otherDcs') && lacks('otherKeys') ? main : null;
  if (authorizedDcs !== null && lacks('authorizedDcs') && saysMore(authorizedDcs, session, only)) {
    lose('authorizedDcs', 'Which of the keys are logged in.');
  }
  if (keysToDestroy.length > 0 && lacks('keysToDestroy')) {
    lose('keysToDestroy', `${keysToDestroy.length} keys that the client has yet to log out.`);
  }
  return losses;
}

/** What is lost of a data centre beside the account's own, in formats that do not hold all of it. */
function otherDcLosses(dc: DataCenter, at: string, holds: readonly Holds[]): Loss[] {
  const { id, ipv4Addr, ipv6Addr, auth } = dc;
  const losses: Loss[] = [];
  if (auth !== null && holds.includes('otherKeys')) {
    const why = `of data centre ${id}: of other data centres only the keys are kept.`;
    if (ipv4Addr !== null) losses.push({ field: `${at}.ipv4Addr`, message: `The address ${why}` });
    if (ipv6Addr !== null) losses.push({ field: `${at}.ipv6Addr`, message: `The IPv6 address ${why}` });
    return losses;
  }
  if ((ipv4Addr !== null || ipv6Addr !== null) && holds.includes('otherAddresses')) {
    if (auth === null) return [];
    const message = `The key of data centre ${id}: of other data centres only the addresses are kept.`;
    return [{ field: `${at}.auth`, message }];
  }
  const what = auth === null ? 'The address of' : 'The key and the address of';
  return [{ field: at, message: `${what} data centre ${id}: only the account's own one is kept.` }];
}

/** The loss of a user's home data centre, in formats that have one number for it and for the main one. */
export function homeDcLoss({ session: { user } }: Snapshot, main: DataCenter | null): Loss[] {
  if (user === null || user.dc === main?.id) return [];
  return [{ field: 'session.user.dc', message: `That the user lives on data centre ${user.dc}.` }];
}

function someHasType(peers: Peers): boolean {
  for (const { bot, megagroup } of peers as Iterable<Peer>) {
    if (bot !== undefined || megagroup !== undefined) return true;
  }
  return false;
}

/** Whether it is more than what everybody assumes: that the keys kept are logged in. */
function saysMore(authorizedDcs: readonly number[], { dcs }: Session, main: DataCenter | null): boolean {
  const kept = main === null ? dcs : dcs.filter(({ id }) => id === main.id);
  return kept.some(({ id, auth }) => auth !== null && !authorizedDcs.includes(id));
}

/**
 * The addresses lost in a format that stores none: those that differ from the usual ones, which reading fills in
 * again for a data centre with a key.
 */
export function addressLosses({ dcs }: Session, main: DataCenter, testMode: boolean): Loss[] {
  const losses: Loss[] = [];
  const i = dcs.findIndex((dc) => dc.id === main.id);
  for (const family of [4, 6] as const) {
    const name = family === 4 ? 'ipv4Addr' : 'ipv6Addr';
    const address = main[name];
    if (address === null) continue;
    if (main.auth !== null && isUsualAddress(address, main.id, testMode, family)) continue;
    const message = `The IPv${family} address of data centre ${main.id}: the client has its own table of them.`;
    losses.push({ field: `session.dcs[${i}].${name}`, message });
  }
  return losses;
}
