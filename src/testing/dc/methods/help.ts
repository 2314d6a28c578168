/** What anybody may ask: where the data centres are. */

import type { Call, Method } from '../state.ts';
import type { TlObject } from '../tl-object.ts';

/** The methods, by name. */
export const helpMethods: Readonly<Record<string, Method>> = {
  'help.getConfig': (_, call) => config(call),
  'help.getNearestDc': (_, { state }) => ({
    _: 'nearestDc',
    country: 'AA',
    thisDc: state.id,
    nearestDc: state.id,
  }),
};

/** Limits and waiting times of the client, which none of our clients looks at. */
const LIMITS = {
  chatSizeMax: 200,
  megagroupSizeMax: 200_000,
  forwardedCountMax: 100,
  onlineUpdatePeriodMs: 210_000,
  offlineBlurTimeoutMs: 5000,
  offlineIdleTimeoutMs: 30_000,
  onlineCloudTimeoutMs: 300_000,
  notifyCloudDelayMs: 30_000,
  notifyDefaultDelayMs: 1500,
  pushChatPeriodMs: 60_000,
  pushChatLimit: 2,
  editTimeLimit: 172_800,
  revokeTimeLimit: 0x7fffffff,
  revokePmTimeLimit: 0x7fffffff,
  ratingEDecay: 2_419_200,
  stickersRecentLimit: 200,
  channelsReadMediaPeriod: 604_800,
  callReceiveTimeoutMs: 20_000,
  callRingTimeoutMs: 90_000,
  callConnectTimeoutMs: 30_000,
  callPacketTimeoutMs: 10_000,
  captionLengthMax: 1024,
  messageLengthMax: 4096,
};

function config({ state, port }: Call): TlObject {
  const date = Math.floor(Date.now() / 1000);
  const dcOptions = [...state.network.values()].map((each) => ({
    _: 'dcOption',
    thisPortOnly: true,
    id: each.id,
    ipAddress: '127.0.0.1',
    // Who came to another door of this data centre is to come to that one again.
    port: each === state ? port : each.port,
  }));
  return {
    _: 'config',
    date,
    expires: date + 3600,
    testMode: state.testMode,
    thisDc: state.id,
    dcOptions,
    dcTxtDomainName: '',
    meUrlPrefix: 'https://t.me/',
    webfileDcId: state.id,
    ...LIMITS,
  };
}
