/**
 * A process that uses sessions of a store, told what to do by lines. It says what happens as lines of JSON, each with the
 * time in a clock that processes share, in milliseconds. Arguments: kind, url, schema or prefix, options of the store as JSON.
 *
 * - `load <name> [wait]`, `save <name> <pts>`, `close <name>`: as the names say
 * - `keep-saving <name>`: saves one number after the other, until the session is lost
 * - `fight <name>`: takes it, saves some numbers, gives it back, and again
 * - `handover <timeout> [hang]`: installs the handover, whose `stop` saves the next number of each session, or never ends
 *
 * For as long as it believes to hold a session it says `holds`, each few milliseconds. A pipe is written at once, so that
 * what a killed process has said is not lost.
 */

import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { handover } from '../../src/stores/handover.ts';
import type { StoredSession } from '../../src/stores/store.ts';
import { sessionOf } from './numbered-session.ts';
import { openStore, type StoreKind } from './open-store.ts';

const [kind, url, where, options] = process.argv.slice(2) as [StoreKind, string, string, string];
const { store, close } = await openStore(kind, url, where, JSON.parse(options));
const LOOK_EVERY = 4;

interface Held {
  storage: StoredSession;
  pts: number;
  /** Ends the looking whether it is still held. */
  stop(): void;
}

const held = new Map<string, Held>();
let turns = 0;

const now = () => Number(process.hrtime.bigint()) / 1e6;

function say(event: string, more: object = {}): void {
  process.stdout.write(`${JSON.stringify({ event, at: now(), ...more })}\n`);
}

async function load(name: string, wait = 0): Promise<Held> {
  const storage = held.get(name)?.storage ?? store.session(name, { wait });
  const session = await storage.load();
  const pts = session?.state?.pts ?? 0;
  if (session !== null && !session.equals(sessionOf(pts))) say('broken', { name, pts });
  const turn = ++turns;
  // The time is taken first: if the session is held after that, it was held then.
  const look = () => {
    const at = now();
    if (storage.held!.aborted) clearInterval(timer);
    else say('holds', { at, name, turn });
  };
  const timer = setInterval(look, LOOK_EVERY);
  storage.held!.addEventListener('abort', () => say('aborted', { name, turn }));
  look();
  say('loaded', { name, pts, turn });
  const one: Held = {
    storage,
    pts,
    stop() {
      clearInterval(timer);
      look();
    },
  };
  held.set(name, one);
  return one;
}

async function save(name: string, pts: number): Promise<void> {
  const one = held.get(name)!;
  // When it began: a process may be stopped between the save and what it says of it.
  const at = now();
  await one.storage.save(sessionOf(pts));
  one.pts = pts;
  say('saved', { at, name, pts });
}

async function giveBack(name: string): Promise<void> {
  const { storage, stop } = held.get(name)!;
  stop();
  held.delete(name);
  await storage.close();
  say('closed', { name });
}

async function keepSaving(name: string): Promise<void> {
  const one = held.get(name)!;
  // Once it is lost, what is known of it is old: it has to be loaded first.
  const signal = one.storage.held!;
  while (!signal.aborted) {
    try {
      await save(name, one.pts + 1);
      await sleep(2);
    } catch (error) {
      const { code } = error as { code?: string };
      say('failed', { command: 'keep-saving', name, code });
      if (code !== 'IO') return;
      await sleep(50);
    }
  }
}

async function fight(name: string): Promise<never> {
  for (;;) {
    try {
      const one = await load(name, 60_000);
      const saves = 1 + Math.floor(Math.random() * 20);
      for (let i = 0; i < saves; i++) {
        await save(name, one.pts + 1);
        await sleep(Math.random() * 10);
      }
      await giveBack(name);
    } catch (error) {
      const { code = String(error) } = error as { code?: string };
      say('failed', { command: 'fight', name, code });
    }
    held.delete(name);
  }
}

const commands: Record<string, (...args: string[]) => unknown> = {
  load: (name, wait = '0') => load(name!, Number(wait)),
  save: (name, pts) => save(name!, Number(pts)),
  close: (name) => giveBack(name!),
  'keep-saving': (name) => keepSaving(name!),
  fight: (name) => fight(name!),
  handover(timeout, hang) {
    handover(store, {
      timeout: Number(timeout),
      onError: (error) => say('failed', { command: 'handover', code: (error as { code?: string }).code }),
      async stop() {
        say('stopping');
        if (hang !== undefined) await new Promise(() => {});
        for (const [name, one] of held) {
          await save(name, one.pts + 1);
          one.stop();
        }
      },
    });
    say('ready');
  },
  async exit() {
    await close();
    process.exit(0);
  },
};

say('started');
for await (const line of createInterface({ input: process.stdin })) {
  const [command, ...args] = line.split(' ');
  void (async () => {
    try {
      await commands[command!]!(...args);
    } catch (error) {
      const { code = String(error) } = error as { code?: string };
      say('failed', { command, name: args[0], code });
    }
  })();
}
