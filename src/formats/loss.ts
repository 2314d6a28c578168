/** What a conversion loses: all that a snapshot holds and its target does not. */

import type { DataCenter } from '../session.ts';
import type { Loss } from './codec.ts';
import { isTestServer } from './data-centers.ts';
import type { Snapshot } from './snapshot.ts';

/** Things that not every format can hold. A format lists those that it can. */
export type Holds =
  /** Data centres beside the account's own. */
  | 'otherDcs'
  /** Both addresses of a data centre, rather than one. */
  | 'bothAddresses'
  | 'user'
  | 'user.bot'
  | 'user.username'
  | 'state'
  | 'state.channels'
  | 'peers'
  | 'takeoutId'
  | 'phone'
  | 'apiId'
  | 'testMode'
  | 'mainDc';

/**
 * The losses of writing a snapshot in a format that holds only some things.
 *
 * @param main the account's own data centre, for formats that do not hold others
 */
export function lossesOf(snapshot: Snapshot, main: DataCenter | null, holds: readonly Holds[]): Loss[] {
  const { session, peers, takeoutId, phone, apiId, testMode, mainDc } = snapshot;
  const { user, state } = session;
  const losses: Loss[] = [];
  const lose = (field: string, message: string) => losses.push({ field, message });
  const lacks = (what: Holds) => !holds.includes(what);

  if (lacks('otherDcs')) {
    session.dcs.forEach((dc, i) => {
      if (dc.id === main?.id) return;
      const what = dc.auth === null ? 'The address of' : 'The key and the address of';
      lose(`session.dcs[${i}]`, `${what} data centre ${dc.id}: only the account's own one is kept.`);
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
  if (peers.length > 0 && lacks('peers')) lose('peers', `The access hashes of ${peers.length} peers.`);
  if (takeoutId !== null && lacks('takeoutId')) lose('takeoutId', 'The open takeout.');
  if (phone !== null && lacks('phone')) lose('phone', 'The phone number of the account.');
  if (apiId !== null && lacks('apiId')) lose('apiId', 'The application id that the key was made with.');
  if (testMode === true && lacks('testMode') && (main === null || isTestServer(main) !== true)) {
    lose('testMode', 'That the session belongs to the test servers.');
  }
  if (mainDc !== null && lacks('mainDc') && mainDc !== user?.dc) {
    lose('mainDc', `That the account lives on data centre ${mainDc}.`);
  }
  return losses;
}
