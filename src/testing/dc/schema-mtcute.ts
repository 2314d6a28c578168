/** The schema of mtcute: its maps for objects, and its own description of the methods, which its maps do not read. */

import { createRequire } from 'node:module';
import type { Schema } from './schema.ts';
import type { TlObject } from './tl-object.ts';
import { loadToolkit, longAt, type TlReader, withBigints } from './toolkit.ts';

/** One method as `@mtcute/core/tl/api-schema.json` describes it. */
interface Entry {
  readonly kind: 'class' | 'method';
  readonly name: string;
  readonly id: number;
  readonly arguments: readonly Argument[];
}

interface Argument {
  readonly name: string;
  readonly type: string;
  readonly typeModifiers?: { readonly predicate?: string; readonly isVector?: boolean };
}

/** The schema of the `@mtcute/core` that is installed. */
export async function loadMtcute(): Promise<Schema> {
  const toolkit = await loadToolkit();
  const require = createRequire(import.meta.url);
  const { l: layer, e: entries } = require('@mtcute/core/tl/api-schema.json') as { l: number; e: Entry[] };
  const methods = new Map(entries.filter(({ kind }) => kind === 'method').map((entry) => [entry.id, entry]));
  return {
    layer,
    read(query) {
      const reader = toolkit.reader(query);
      const method = methods.get(reader.uint());
      return method === undefined ? null : readMethod(reader, method);
    },
    write: (object) => toolkit.write(object),
  };
}

function readMethod(reader: TlReader, method: Entry): TlObject {
  const flags: Record<string, number> = {};
  const fields: Record<string, unknown> = {};
  for (const { name, type, typeModifiers: { predicate, isVector } = {} } of method.arguments) {
    if (type === '#') {
      flags[name] = reader.uint();
      continue;
    }
    const [word, bit] = predicate?.split('.') ?? [];
    if (word !== undefined && ((flags[word]! >> Number(bit)) & 1) === 0) continue;
    const read = () => readValue(reader, type);
    fields[camelCase(name)] = isVector === true ? readVector(reader, read) : read();
  }
  return withBigints({ _: method.name, ...fields }) as TlObject;
}

function readVector(reader: TlReader, read: () => unknown): unknown[] {
  reader.uint();
  const count = reader.uint();
  const items: unknown[] = [];
  // A count that is a lie ends with the bytes: reading beyond them throws.
  for (let i = 0; i < count; i++) items.push(read());
  return items;
}

function readValue(reader: TlReader, type: string): unknown {
  switch (type) {
    case 'true':
      return true;
    case 'int':
      return reader.int();
    case 'int53':
      return Number(longAt(reader.raw(8)));
    case 'long':
      return longAt(reader.raw(8));

    case 'double':
      return reader.double();
    case 'string':
      return reader.string();
    case 'bytes':
      return reader.bytes();
    case 'Bool':
      return reader.boolean();
    case 'int128':
      return reader.int128();
    case 'int256':
      return reader.int256();
    default:
      return reader.object();
  }
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
