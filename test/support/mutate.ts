/**
 * Hostile input, made from good input: a number decides everything, so that any failure can be had again.
 * Every reader must answer a mutant with a result or a SessionError, and soon.
 */

import { SessionError } from '../../src/errors.ts';

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values at the edges of what fields can hold. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];

/** One way to spoil bytes. */
type Mutation = (bytes: Uint8Array, random: () => number) => Uint8Array;

const below = (random: () => number, limit: number) => Math.floor(random() * limit);

/** A place: anywhere, or near the begin, or near the begin of a page, where the structure is. */
function place(bytes: Uint8Array, random: () => number): number {
  const choice = random();
  if (choice < 0.4) return below(random, bytes.length);
  if (choice < 0.7) return below(random, Math.min(bytes.length, 128));
  const page = below(random, Math.ceil(bytes.length / 4096)) * 4096;
  return Math.min(bytes.length - 1, page + below(random, 128));
}

const mutations: Mutation[] = [
  // A bit.
  (bytes, random) => {
    bytes[place(bytes, random)]! ^= 1 << below(random, 8);
    return bytes;
  },
  // A byte.
  (bytes, random) => {
    bytes[place(bytes, random)] = below(random, 256);
    return bytes;
  },
  // An integer at an edge.
  (bytes, random) => {
    const at = place(bytes, random);
    const value = EDGES[below(random, EDGES.length)]!;
    const width = [1, 2, 4][below(random, 3)]!;
    for (let i = 0; i < width && at + i < bytes.length; i++) {
      bytes[at + i] = (value >>> (8 * (width - 1 - i))) & 0xff;
    }
    return bytes;
  },
  // An end too soon.
  (bytes, random) => bytes.slice(0, below(random, bytes.length)),
  // Something behind the end.
  (bytes, random) => concat(bytes, noise(random, 1 + below(random, 5000))),
  // A part wiped.
  (bytes, random) => {
    const from = place(bytes, random);
    return bytes.fill(below(random, 2) * 255, from, from + 1 + below(random, 600));
  },
  // A part copied elsewhere.
  (bytes, random) => {
    const from = place(bytes, random);
    const part = bytes.slice(from, from + 1 + below(random, 4096));
    const to = place(bytes, random);
    bytes.set(part.subarray(0, bytes.length - to), to);
    return bytes;
  },
  // A part taken out.
  (bytes, random) => {
    const from = place(bytes, random);
    return concat(bytes.slice(0, from), bytes.slice(from + 1 + below(random, 64)));
  },
  // A part put in.
  (bytes, random) => {
    const at = place(bytes, random);
    return concat(bytes.slice(0, at), noise(random, 1 + below(random, 64)), bytes.slice(at));
  },
];

function noise(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => below(random, 256));
}

function concat(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A mutant of some bytes: one to four things are wrong with it. */
export function mutate(bytes: Uint8Array, random: () => number): Uint8Array {
  let mutant: Uint8Array = bytes.slice();
  for (let i = 1 + below(random, 4); i > 0 && mutant.length > 0; i--) {
    mutant = mutations[below(random, mutations.length)]!(mutant, random);
  }
  return mutant;
}

/** What a run of many mutants came to. */
export interface FuzzResult {
  read: number;
  refused: number;
  slowestMs: number;
}

/**
 * Gives mutants of good inputs to a reader.
 *
 * @param runs how many; run `i` uses the seed `seed + i`
 * @param read reads a mutant; may throw a SessionError and nothing else
 * @param limitMs how long one may take
 */
export async function fuzz(
  inputs: readonly Uint8Array[],
  { runs, seed, limitMs }: { runs: number; seed: number; limitMs: number },
  read: (mutant: Uint8Array) => unknown,
): Promise<FuzzResult> {
  const result: FuzzResult = { read: 0, refused: 0, slowestMs: 0 };
  for (let i = 0; i < runs; i++) {
    const random = randomFrom(seed + i);
    const mutant = mutate(inputs[below(random, inputs.length)]!, random);
    const attempt = async () => {
      const start = performance.now();
      const ended = await ending(read, mutant, seed + i);
      return { ended, took: performance.now() - start };
    };
    const first = await attempt();
    let { took } = first;
    // A busy machine may stand still for a while; a reader that hangs is slow each time.
    for (let again = 0; took > limitMs && again < 2; again++) ({ took } = await attempt());
    if (took > limitMs) throw new Error(`Seed ${seed + i} took ${took.toFixed()} ms, three times.`);
    result[first.ended]++;
    result.slowestMs = Math.max(result.slowestMs, took);
  }
  return result;
}

async function ending(
  read: (mutant: Uint8Array) => unknown,
  mutant: Uint8Array,
  seed: number,
): Promise<'read' | 'refused'> {
  try {
    await read(mutant);
    return 'read';
  } catch (error) {
    if (error instanceof SessionError) return 'refused';
    throw new Error(`Seed ${seed} ends in something else than a SessionError.`, { cause: error });
  }
}

/** How many runs a test does: FUZZ_RUNS, or the number given. */
export function fuzzRuns(usual: number): number {
  return Number(process.env.FUZZ_RUNS ?? usual);
}
