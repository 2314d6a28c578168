/** W9b: a conversion of a file with 1,000,000 peers, in a process of its own: its time and its peak memory. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pyrogramSchema } from '../src/formats/pyrogram/schema.ts';

const COUNT = 1_000_000;
const TARGETS = [
  'telethon-v2-sqlite',
  'pyrogram-sqlite',
  'mtcute-sqlite',
  'telethon-v1-sqlite',
  'tgsession-json',
];

/** Makes a session file of Pyrogram 2 with this many peers: users, bots, groups and channels, most with a username. */
export function makePyrogramFile(path: string, count = COUNT): void {
  const key = Buffer.concat(
    Array.from({ length: 8 }, (_, i) => createHash('sha256').update(`W9b ${i}`).digest()),
  );
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN');
  for (const sql of pyrogramSchema(3)) if (sql.startsWith('CREATE TABLE')) db.exec(sql);
  db.exec('INSERT INTO version VALUES (3)');
  db.prepare('INSERT INTO sessions VALUES (2, 12345, 0, ?, 0, 811432825, 0)').run(key);
  // SQLite makes the rows by itself: numbers that look like hashes are those of a multiplication.
  db.exec(`
    WITH RECURSIVE counted(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM counted WHERE i < ${count - 1}),
      peer AS (SELECT i, i * 2654435761 % 4294967296 AS mixed FROM counted)
    INSERT INTO peers SELECT
      CASE i % 10 WHEN 8 THEN -(1000000 + i) WHEN 9 THEN -(1000000000000 + 1000000000 + i) ELSE 100000000 + i * 7 END,
      CASE i % 10 WHEN 8 THEN 0 ELSE mixed * 2147483629 - 4611686018427387904 + i END,
      CASE i % 10 WHEN 7 THEN 'bot' WHEN 8 THEN 'group' WHEN 9 THEN 'supergroup' ELSE 'user' END,
      CASE WHEN i % 10 = 8 OR i % 3 = 0 THEN NULL ELSE 'user_' || printf('%x', mixed) || '_' || i END,
      CASE WHEN i % 20 = 1 THEN '79' || printf('%09d', i) END,
      1700000000 + i % 10000000
    FROM peer`);
  for (const sql of pyrogramSchema(3)) if (!sql.startsWith('CREATE TABLE')) db.exec(sql);
  db.exec('COMMIT');
  db.close();
}

/** One conversion by the command line: seconds, and the largest resident set in MB. */
export function convert(
  source: string,
  target: string,
  output: string,
): { seconds: number; megabytes: number } {
  const script = `
    process.argv = [process.argv[0], 'tgsession', 'convert', ${JSON.stringify(source)}, '--to', '${target}', '-o', ${JSON.stringify(output)}];
    process.on('exit', () => console.error('peak ' + process.resourceUsage().maxRSS));
    await import(${JSON.stringify(join(import.meta.dirname, '../dist/cli/main.js'))});`;
  const begun = performance.now();
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  const peak = /peak (\d+)/.exec(stderr)?.[1];
  if (status !== 0 || peak === undefined) throw new Error(`The conversion failed: ${stderr}`);
  return { seconds: (performance.now() - begun) / 1000, megabytes: Number(peak) / 1024 };
}

/** Prints the table. */
export function millionPeers(folder: string): void {
  const source = join(folder, 'million.session');
  makePyrogramFile(source);
  console.log(`\n**W9b: converting ${COUNT.toLocaleString('en')} peers: peak memory**\n`);
  console.log('| from | to | s | peak MB of the whole process |\n|---|---|---|---|');
  const row = (from: string, path: string, target: string, output: string) => {
    const { seconds, megabytes } = convert(path, target, output);
    console.log(`| ${from} | ${target} | ${seconds.toFixed(1)} | ${megabytes.toFixed(0)} |`);
  };
  const made = (target: string) => join(folder, `million.${target}`);
  for (const target of TARGETS) row('pyrogram-sqlite', source, target, made(target));
  row('tgsession-json', made('tgsession-json'), 'telethon-v2-sqlite', join(folder, 'million-back.session'));
}
