/** The schemas of `telegram` (GramJS) and `teleproto`, by the classes of the packages themselves. */

import type { Schema } from './schema.ts';
import { mapValues, type TlObject } from './tl-object.ts';

/** An object of one of the packages. */
interface Instance {
  readonly className: string;
  readonly classType: 'request' | 'constructor';
  readonly originalArgs: object;
  getBytes(): Buffer;
}

type Class = new (fields: object) => Instance;

/** What is used of a package. */
interface Parts {
  LAYER: number;
  Api: Record<string, Class | Record<string, Class>>;
  BinaryReader: new (data: Buffer) => { tgReadObject(): Instance };
  returnBigInt(value: bigint | string): unknown;
}

/** Fields that mtcute, whose names we use, and GramJS spell differently. */
const SPELT: Readonly<Record<string, string>> = { srpB: 'srp_B' };

/** The schema of `telegram`, or null if it is not installed. */
export function loadTelegram(): Promise<Schema | null> {
  return ifInstalled(async () => [
    // The face of the package first: its modules load each other in circles.
    await import('telegram'),
    await import('telegram/tl/AllTLObjects.js'),
    await import('telegram/extensions/BinaryReader.js'),
    await import('telegram/Helpers.js'),
  ]);
}

/** The schema of `teleproto`, or null if it is not installed. */
export function loadTeleproto(): Promise<Schema | null> {
  return ifInstalled(async () => [
    await import('teleproto'),
    await import('teleproto/tl/index.js'),
    await import('teleproto/extensions/BinaryReader.js'),
    await import('teleproto/Helpers.js'),
  ]);
}

async function ifInstalled(load: () => Promise<object[]>): Promise<Schema | null> {
  let modules: object[];
  try {
    modules = await load();
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_MODULE_NOT_FOUND') return null;
    throw error;
  }
  // They are CommonJS: what they export is in `default`, and under names only where the runtime finds them.
  const parts = Object.assign({}, ...modules.map((each) => ({ ...(each as { default: object }).default })));
  return schemaOf(parts as Parts);
}

function schemaOf({ LAYER, Api, BinaryReader, returnBigInt }: Parts): Schema {
  const build = (object: TlObject): Instance => {
    const fields = mapValues({ ...object, _: undefined }, (value) => {
      if (typeof value === 'bigint') return returnBigInt(value);
      if (value instanceof Uint8Array) return Buffer.from(value);
      return isTlObject(value) ? build(value) : undefined;
    }) as Record<string, unknown>;
    for (const [ours, theirs] of Object.entries(SPELT)) fields[theirs] = fields[ours];
    return new (classOf(Api, object._))(fields);
  };
  return {
    layer: LAYER,
    read(query) {
      let request: Instance;
      try {
        request = new BinaryReader(Buffer.from(query)).tgReadObject();
      } catch (error) {
        if ((error as Error).name === 'TypeNotFoundError' || /could not find a matching/i.test(`${error}`)) {
          return null;
        }
        throw error;
      }
      return request.classType === 'request' ? plain(request) : null;
    },
    write: (object) => build(object).getBytes(),
  };
}

function isTlObject(value: unknown): value is TlObject {
  return typeof value === 'object' && value !== null && typeof (value as TlObject)._ === 'string';
}

/** The class for a name of the schema: `auth.sentCode` is `Api.auth.SentCode`. */
function classOf(api: Parts['Api'], name: string): Class {
  const [last, space] = name.split('.').reverse() as [string, string | undefined];
  const upper = last[0]!.toUpperCase() + last.slice(1);
  const found = space === undefined ? api[upper] : (api[space] as Record<string, Class> | undefined)?.[upper];
  if (typeof found !== 'function') throw new Error(`The schema has no ${name}.`);
  return found;
}

/** An object of the package as a plain value. What is absent is null there, and left out here. */
function plain(instance: Instance): TlObject {
  const name = instance.className.replace(/(^|\.)([A-Z])/, (_, dot, letter) => dot + letter.toLowerCase());
  const fields = Object.entries(instance.originalArgs)
    .filter(([field, value]) => value !== null && value !== false && !/^flags\d*$/.test(field))
    .map(([field, value]) => [field, mapValues(value, plainValue)]);
  return { _: name, ...Object.fromEntries(fields) };
}

function plainValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  if ('className' in value) return plain(value as Instance);
  if (value instanceof Uint8Array || Array.isArray(value)) return undefined;
  // What is left in their objects are numbers of the library big-integer.
  return BigInt(`${value}`);
}
