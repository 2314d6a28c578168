/** The fixtures of a family of formats and what each of them holds (shared/formats/*.md). */

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type BigJson, parseBigJson } from '../../src/formats/big-json.ts';
import { usualAddress } from '../../src/formats/data-centers.ts';
import type { PlainSession } from './telethon-fixtures.ts';

/** One fixture as expected.json describes it. */
export interface FormatFixture {
  file: string;
  format: string;
  session?: PlainSession;
  /** Where the source holds several accounts. */
  sessions?: (PlainSession & { extra?: Record<string, BigJson> })[];
  options?: Record<string, BigJson>;
  extra?: Record<string, BigJson>;
  error?: string;
}

/** The fixtures of a family, such as `gramjs`: those in test/fixtures, and those that may not be copied there. */
export class Family {
  /** The copies. */
  readonly root: string;
  /** All, but for those whose folder is missing. */
  readonly fixtures: FormatFixture[];
  /** Names of those that are missing. */
  readonly missing: string[];
  readonly #shared: string;

  constructor(family: string) {
    this.root = join(import.meta.dirname, '../fixtures', family);
    this.#shared = join(import.meta.dirname, '../../../shared/fixtures', family);
    const text = readFileSync(join(this.root, 'expected.json'), 'utf8');
    const all = parseBigJson(text, 'expected.json') as unknown as FormatFixture[];
    this.fixtures = all.filter(({ file }) => existsSync(this.path(file)));
    this.missing = all.map(({ file }) => file).filter((file) => !existsSync(this.path(file)));
    if (this.missing.length > 0) {
      console.warn(`Not tested, as ${this.#shared} is missing: ${this.missing.join(', ')}.`);
    }
  }

  path(file: string): string {
    return join(file.startsWith('peer-') ? this.#shared : this.root, file);
  }

  bytes(file: string): Uint8Array {
    return new Uint8Array(readFileSync(this.path(file)));
  }

  text(file: string): string {
    return readFileSync(this.path(file), 'latin1');
  }

  /** The files of a folder, by their names in it, with `/`. */
  files(folder: string): Map<string, Uint8Array> {
    const path = this.path(folder);
    const all = readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) =>
      name.replaceAll('\\', '/'),
    );
    const names = all.filter((name) => statSync(join(path, name)).isFile());
    return new Map(names.map((name) => [name, this.bytes(join(folder, name))]));
  }
}

/** A session as it is read from a format without addresses: data centres with a key have their usual ones. */
export function withUsualAddresses(session: PlainSession, test: boolean): PlainSession {
  const copy = structuredClone(session);
  for (const dc of copy.dcs) {
    if (dc.authSha256 === null) continue;
    dc.ipv4Addr = usualAddress(dc.id, test, 4);
    dc.ipv6Addr = usualAddress(dc.id, test, 6);
  }
  return copy;
}

/** Data centres and channels by their ids: lists of them mean sets. */
export function byId(session: PlainSession): PlainSession {
  const copy = structuredClone(session);
  const compare = (a: { id: number }, b: { id: number }) => a.id - b.id;
  copy.dcs.sort(compare);
  const channels = copy.state?.channels;
  if (Array.isArray(channels)) channels.sort(compare);
  return copy;
}
