/** What each format can, for the tables of formats: of the command line, and of the README. */

import { type Codec, codecs } from '../formats/index.ts';

/** A row. */
export interface Ability {
  name: string;
  title: string;
  /** What it is: `text`, `file`, `folder`, `file or folder`. */
  kind: string;
  /** `yes` or `no`. */
  read: string;
  /** `yes`, `no`, or the versions, the default first. */
  write: string;
  carries: string;
}

/** All formats of the registry, in its order. */
export function abilities(): Ability[] {
  return codecs.map((codec) => ({
    name: codec.name,
    title: codec.title,
    kind: kindOf(codec),
    read: codec.reads === false ? 'no' : 'yes',
    write: writeOf(codec),
    carries: codec.carries,
  }));
}

function kindOf({ text, input = 'file', output = input === 'either' ? 'file' : input }: Codec): string {
  if (text) return 'text';
  return input === 'either' || input !== output ? 'file or folder' : input;
}

function writeOf({ writes }: Codec): string {
  if (writes.length === 0) return 'no';
  const versions = writes.filter((version) => version !== null);
  return versions.length > 1 ? versions.join(', ') : 'yes';
}
