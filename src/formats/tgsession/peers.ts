/** Peers, of which there may be a million: they are never all there as objects. */

import { refuse } from '../../check.ts';
import { CompactPeers } from '../../peers/compact.ts';
import type { Peer, Peers } from '../../peers.ts';
import type { Input } from './notation.ts';
import {
  boolean,
  int64,
  integer,
  list,
  nullable,
  oneOf,
  onOneLine,
  optional,
  record,
  type Shape,
  text,
} from './shapes.ts';

const peer: Shape<Peer> = onOneLine(
  record<Peer>({
    kind: oneOf('user', 'chat', 'channel'),
    id: integer(1),
    accessHash: nullable(int64),
    usernames: list(text) as Shape<string[]>,
    phone: nullable(text),
    name: nullable(text),
    seen: nullable(integer(Number.MIN_SAFE_INTEGER)),
    bot: optional(boolean) as Shape<boolean>,
    megagroup: optional(boolean) as Shape<boolean>,
    min: optional(boolean) as Shape<boolean>,
  }),
);

/** Peers as they stand in a file, each read when it is asked for. They were read before, so that there is no error. */
class PeersInFile implements Peers {
  readonly length: number;
  readonly #open: () => Input;

  constructor(length: number, open: () => Input) {
    this.length = length;
    this.#open = open;
  }

  *[Symbol.iterator](): Generator<Peer> {
    yield* each(this.#open());
  }
}

/** Reads one after the other; what was read of one counts no more when the next is read. */
function* each(from: Input): Generator<Peer> {
  const { left } = from.budget;
  for (const _ of from.items()) {
    yield peer.read(from);
    from.budget.reset(left);
  }
}

/** Any number of peers; none goes without saying. */
export const peers: Shape<Peers> = {
  usual: () => [],
  isUsual: (value) => value?.length === 0,
  write(to, value) {
    if (typeof value?.[Symbol.iterator] !== 'function') refuse(to.path, '', 'a list', value);
    const { left } = to.budget;
    to.beginList(value.length);
    let count = 0;
    for (const one of value) {
      to.path.into(count++);
      to.item();
      peer.write(to, one);
      to.path.out();
      to.budget.reset(left);
    }
    if (count !== value.length)
      refuse(to.path, '', `${value.length} peers, as their length says`, null, `${count}`);
    to.endList();
  },
  read(from) {
    if (from.again === null) {
      const kept = new CompactPeers(each(from));
      return kept.length === 0 ? [] : kept;
    }
    const begin = from.offset;
    let length = 0;
    for (const _ of each(from)) length++;
    return length === 0 ? [] : new PeersInFile(length, from.again(begin));
  },
};
