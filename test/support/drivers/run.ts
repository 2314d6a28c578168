/** Clients that a test runs in its own process. */

import { onTestFinished } from 'vitest';
import type { Session, Storage } from '../../../src/index.ts';
import type { LoopbackDc } from '../../../src/testing/dc/index.ts';
import { type ClientName, type Driver, drive } from './index.ts';

export const users = [
  { id: 1000, phone: '+99966', firstName: 'Alice', username: 'alice' },
  { id: 2000, phone: '+99977', firstName: 'Bob', username: 'bob' },
];

/** A driver that is connected. */
export interface Running extends Driver {
  /** The messages that it heard, in order. */
  readonly heard: readonly string[];
  /** Resolves when something holds, which is looked at with every message. */
  until(holds: () => boolean): Promise<void>;
  /** Resolves when it has heard a message. */
  hear(text: string): Promise<void>;
}

/** Connects a client; it is stopped after the test. */
export async function start(name: ClientName, storage: Storage, dc: LoopbackDc): Promise<Running> {
  const heard: string[] = [];
  let wake = () => {};
  const driver = drive(name, storage, dc, {
    onMessage(text) {
      heard.push(text);
      wake();
    },
  });
  await driver.connect();
  onTestFinished(() => driver.stop().catch(() => {}));
  const until = async (holds: () => boolean) => {
    while (!holds()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { ...driver, heard, until, hear: (text) => until(() => heard.includes(text)) };
}

/** Begins to listen. mtcute does so a little after it says that it does. */
export async function listen(name: ClientName, driver: Driver, dc: LoopbackDc): Promise<void> {
  const before = dc.log.requests('updates.getDifference').length;
  await driver.catchUp();
  if (name === 'mtcute') await dc.log.until((log) => log.requests('updates.getDifference').length > before);
}

/** Resolves when the data centre has seen the end of all that was sent to it. */
export async function quiet(dc: LoopbackDc): Promise<void> {
  await dc.log.until((log) => log.of('connect').length === log.of('disconnect').length);
}

/** What is saved in a storage that nobody uses. */
export async function stored(storage: Storage): Promise<Session> {
  const session = await storage.load();
  await storage.close();
  return session!;
}

/** The ids of the keys of a session. */
export const keyIdsOf = ({ dcs }: Session): string[] =>
  dcs.filter(({ auth }) => auth !== null).map((dc) => dc.authKeyId!);
