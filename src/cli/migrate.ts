/** `tgsession migrate`: a Telethon v1 file becomes a Telethon v2 file, in place. */

import { existsSync } from 'node:fs';
import { SessionError } from '../errors.ts';
import { read } from '../formats/index.ts';
import { SqliteSession } from '../sqlite/index.ts';
import { COMMON_OPTIONS, type Command } from './command.ts';
import { json, line, list, plain, style } from './print.ts';
import { pathOf } from './source.ts';

export const migrate: Command = {
  usage: 'migrate <path>',
  summary: 'turn a Telethon v1 file into a v2 file; a backup is kept beside it',
  details: 'Stop the client that uses it first. The migration is one transaction: done, or not begun.',
  options: { ...COMMON_OPTIONS },
  optionHelp: { json: 'print one JSON object' },
  arguments: 1,
  async run([argument], values) {
    const path = pathOf(argument!);
    if (!existsSync(path)) throw new SessionError('NOT_FOUND', `${path} is not there.`);
    const notes: string[] = [];
    const logger = { warn: (message: string) => notes.push(message) };
    const session = new SqliteSession(path, { migrate: true, label: 'tgsession migrate', logger });
    const { format } = await read({ path });
    const migrated = format === 'telethon-v1-sqlite';
    try {
      await session.load();
    } finally {
      await session.close();
    }
    if (values.json) json({ path, migrated, notes });
    else {
      const done = migrated ? style('green', 'migrated') : 'nothing to do: it is a Telethon v2 file';
      line(`${style('bold', plain(path))}  ${done}`);
      list('Good to know', notes);
    }
    return 0;
  },
};
