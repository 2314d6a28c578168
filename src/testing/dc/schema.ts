/**
 * The seam between the data centre and the schemas of clients. Constructors of the API differ between layers, so
 * every client is read and answered with its own schema, found by the layer that it claims.
 */

import { loadTelegram, loadTeleproto } from './schema-gramjs.ts';
import { loadMtcute } from './schema-mtcute.ts';
import type { TlAnswer, TlObject } from './tl-object.ts';

/** Reads and writes the API of one layer. */
export interface Schema {
  /** Number of the layer, as clients claim it in `invokeWithLayer`. */
  readonly layer: number;
  /** Reads one request, or gives null if the layer has no such method. */
  read(query: Uint8Array): TlObject | null;
  /** Writes one object, boxed. */
  write(object: TlObject): Uint8Array;
}

const VECTOR = Buffer.of(0x15, 0xc4, 0xb5, 0x1c);
const TRUE = Buffer.of(0xb5, 0x75, 0x72, 0x99);
const FALSE = Buffer.of(0x37, 0x97, 0x79, 0xbc);

/** An answer as bytes. */
export function writeAnswer(schema: Schema, answer: TlAnswer): Uint8Array {
  if (typeof answer === 'boolean') return answer ? TRUE : FALSE;
  if (!isList(answer)) return schema.write(answer);
  const count = Buffer.alloc(4);
  count.writeUInt32LE(answer.length);
  return Buffer.concat([VECTOR, count, ...answer.map((item) => schema.write(item))]);
}

function isList(answer: TlObject | readonly TlObject[]): answer is readonly TlObject[] {
  return Array.isArray(answer);
}

/** The schemas of the clients that are installed, each loaded when the first client needs it. */
export class Schemas {
  #basic: Schema | undefined;
  readonly #known = new Map<number, Schema>();
  /** Still to be looked at, in this order: mtcute is there anyway. */
  readonly #loaders = [() => this.basic(), loadTelegram, loadTeleproto];
  #loading: Promise<unknown> = Promise.resolve();

  constructor(more: readonly Schema[]) {
    for (const schema of more) this.#known.set(schema.layer, schema);
  }

  /** The schema of a layer if it is loaded already. */
  known(layer: number): Schema | undefined {
    return this.#known.get(layer);
  }

  /** The schema of mtcute, which is always there, for what is the same in all layers. */
  async basic(): Promise<Schema> {
    this.#basic ??= await loadMtcute();
    return this.#basic;
  }

  /** The schema of a layer, or null if no client that is installed has it. */
  async of(layer: number): Promise<Schema | null> {
    const search = this.#loading.then(async () => {
      while (!this.#known.has(layer)) {
        const load = this.#loaders.shift();
        if (load === undefined) return null;
        const schema = await load();
        if (schema !== null && !this.#known.has(schema.layer)) this.#known.set(schema.layer, schema);
      }
      return this.#known.get(layer)!;
    });
    this.#loading = search.catch(() => {});
    return search;
  }
}
