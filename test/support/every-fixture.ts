/** All fixtures of all families, whichever there are, and how to read each of them. */

import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Detection, detect, type ReadOptions } from '../../src/formats/index.ts';
import { Family, type FormatFixture } from './format-fixtures.ts';

/** One fixture and where it is. */
export interface AnyFixture extends FormatFixture {
  family: string;
  /** What a person would point at. */
  path: string;
  /** What expected.json says that one must know to read it. */
  readOptions: ReadOptions;
}

const ROOT = join(import.meta.dirname, '../fixtures');

/** The names of the families. */
export const families = readdirSync(ROOT).filter((name) => existsSync(join(ROOT, name, 'expected.json')));

/** Every fixture that is there. */
export const everyFixture: readonly AnyFixture[] = families.flatMap((name) => {
  const family = new Family(name);
  return family.fixtures.map((one) => ({
    ...one,
    family: name,
    path: family.path(one.file),
    readOptions: readOptionsOf(one),
  }));
});

/** What a reader must be told. Other options say how the fixture was made. */
export function readOptionsOf({ options = {} }: Pick<FormatFixture, 'options'>): ReadOptions {
  const { passcode, dataName, databaseEncryptionKey } = options;
  return {
    ...(typeof passcode === 'string' && { passcode }),
    ...(typeof dataName === 'string' && { dataName }),
    ...(typeof databaseEncryptionKey === 'string' && {
      databaseEncryptionKey: new TextEncoder().encode(databaseEncryptionKey),
    }),
  };
}

/**
 * The name of our codec for a format as expected.json names it: there, the version stands behind the name, and forks of
 * Pyrogram have names of their own.
 */
export function codecNameOf({ format, error }: Pick<FormatFixture, 'format' | 'error'>): string {
  // A file of another program, with which the reader of Telethon's files is tried.
  if (format === 'other' && error !== undefined) return 'telethon-v2-sqlite';
  return format
    .replace(/-(?:legacy-)?v?\d+$/, '')
    .replace(/^(?:hydrogram|kurigram|pyrofork|pyrotgfork)-/, 'pyrogram-');
}

/** Which formats a fixture is taken for. */
export function detectFixture({ path }: AnyFixture): Promise<Detection[]> {
  return detect({ path });
}
