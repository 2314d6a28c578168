/** The Telethon fixtures and what each of them holds (shared/formats/telethon.md). */

import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BigJson, parseBigJson } from '../../src/formats/big-json.ts';
import type { Session } from '../../src/session.ts';

export const FIXTURES = fileURLToPath(new URL('../fixtures/telethon/', import.meta.url));

/** One fixture as expected.json describes it. */
export interface Fixture {
  file: string;
  format: string;
  session?: PlainSession;
  extra?: Record<string, BigJson>;
  companions?: string[];
  error?: string;
  tolerable?: boolean;
}

/** A session with keys as their SHA-256, and channels by id. */
export interface PlainSession {
  dcs: { id: number; ipv4Addr: string | null; ipv6Addr: string | null; authSha256: string | null }[];
  user: { id: number; dc: number; bot: boolean; username: string | null } | null;
  state: {
    pts: number;
    qts: number;
    date: number;
    seq: number;
    channels: { id: number; pts: number }[] | { count: number; sha256OfJson: string };
  } | null;
}

export const fixtures = parseBigJson(
  readFileSync(join(FIXTURES, 'expected.json'), 'utf8'),
  'expected.json',
) as unknown as Fixture[];

export function fixture(file: string): Uint8Array {
  return new Uint8Array(readFileSync(join(FIXTURES, file)));
}

/** A session in the words of expected.json. */
export function plain(session: Session): PlainSession {
  const { dcs, user, state } = session;
  return {
    dcs: dcs.map(({ id, ipv4Addr, ipv6Addr, auth }) => ({
      id,
      ipv4Addr,
      ipv6Addr,
      authSha256: auth === null ? null : createHash('sha256').update(auth).digest('hex'),
    })),
    user: user && { id: user.id, dc: user.dc, bot: user.bot, username: user.username },
    state: state && {
      pts: state.pts,
      qts: state.qts,
      date: state.date,
      seq: state.seq,
      channels: state.channels.map(({ id, pts }) => ({ id, pts })).sort((a, b) => a.id - b.id),
    },
  };
}

/** Runs a test in a folder of its own that starts with copies of some fixtures. */
export async function inFolder(files: string[], run: (folder: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'tgsession-test-'));
  try {
    for (const file of files) cpSync(join(FIXTURES, file), join(folder, file), { preserveTimestamps: true });
    await run(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** All that reading must not change: names, bytes, times and modes of a folder's files. */
export function stateOf(folder: string): Record<string, string> {
  const entries = readdirSync(folder).map((name) => {
    const { mtimeNs, ctimeNs, mode, size } = statSync(join(folder, name), { bigint: true });
    const sha256 = createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
    return [name, `${mtimeNs} ${ctimeNs} ${mode} ${size} ${sha256}`] as const;
  });
  return { ...Object.fromEntries(entries), '.': String(statSync(folder, { bigint: true }).mtimeNs) };
}
