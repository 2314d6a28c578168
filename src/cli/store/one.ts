/** The commands about one session of a store: `info`, `who`, `status`, `rm`. */

import { holderText } from '../../errors.ts';
import type { SessionStatus } from '../../stores/store.ts';
import { COMMON_OPTIONS, type Command, UsageError } from '../command.ts';
import { textOf } from '../options.ts';
import { columns, json, line, plain, style } from '../print.ts';
import { existing, STORE_DETAILS, withStore } from './place.ts';
import { factsOf } from './show.ts';

const JSON_HELP = { json: 'print one JSON object' };

export const info: Command = {
  usage: 'info <store> <name>',
  summary: 'tell what a store knows of a session; never a key',
  details: STORE_DETAILS,
  options: { ...COMMON_OPTIONS },
  optionHelp: JSON_HELP,
  arguments: 2,
  run: ([place, name], values) =>
    withStore(place!, async (store) => {
      const found = await existing(store, name!);
      if (values.json) json(found);
      else {
        line(style('bold', plain(found.name)));
        for (const text of columns(factsOf(found))) line(`  ${text}`);
      }
      return 0;
    }),
};

export const who: Command = {
  usage: 'who <store> <name>',
  summary: 'tell who uses a session now',
  details: STORE_DETAILS,
  options: { ...COMMON_OPTIONS },
  optionHelp: JSON_HELP,
  arguments: 2,
  run: ([place, name], values) =>
    withStore(place!, async (store) => {
      const { holder } = await existing(store, name!);
      if (values.json) json({ name, holder });
      else line(holder === null ? 'nobody' : plain(holderText(holder)));
      return 0;
    }),
};

export const status: Command = {
  usage: 'status <store> <name> <status>',
  summary: 'set the status of a session: ok, suspected or dead',
  details: STORE_DETAILS,
  options: { ...COMMON_OPTIONS, reason: { type: 'string' } },
  optionHelp: { ...JSON_HELP, reason: 'why, at most 256 characters' },
  arguments: 3,
  run: ([place, name, wanted], values) => {
    if (!['ok', 'suspected', 'dead'].includes(wanted!)) {
      throw new UsageError('The status is ok, suspected or dead.');
    }
    const reason = textOf(values, 'reason') ?? null;
    return withStore(place!, async (store) => {
      await store.setStatus(name!, wanted as SessionStatus, reason);
      if (values.json) json({ name, status: wanted, reason });
      else line(`${style('bold', plain(name!))}  ${wanted}`);
      return 0;
    });
  },
};

export const rm: Command = {
  usage: 'rm <store> <name>',
  summary: 'remove a session for good, unless somebody uses it',
  details: `${STORE_DETAILS}

The key is gone from the store, but stays good at Telegram until the session
is logged out there.`,
  options: { ...COMMON_OPTIONS },
  optionHelp: JSON_HELP,
  arguments: 2,
  run: ([place, name], values) =>
    withStore(place!, async (store) => {
      if (!(await store.delete(name!))) await existing(store, name!);
      if (values.json) json({ name, removed: true });
      else line(`${style('bold', plain(name!))}  removed`);
      return 0;
    }),
};
