/** Sessions kept aside, in Redis. */

import { checkReason, entryOf } from '../../aside.ts';
import { checkInteger } from '../../check.ts';
import { sessionFromText, sessionToText } from '../../session-text.ts';
import type { AsideBackend, AsideRecord, LeaseRef } from '../backend.ts';
import { isYes } from './client.ts';
import { counterOf, parsed, placeOf } from './entries.ts';
import type { Keys } from './keys.ts';
import { SCRIPTS } from './scripts.ts';
import type { Server } from './server.ts';
import { pairs } from './session-fields.ts';

export class RedisAside implements AsideBackend {
  readonly #server: Server;
  readonly #keys: Keys;

  constructor(server: Server, keys: Keys) {
    this.#server = server;
    this.#keys = keys;
  }

  async list(name: string): Promise<AsideRecord[]> {
    const found = pairs(await this.#server.run(SCRIPTS.wholeHash, [this.#keys.aside(name)], []));
    const inOrder = found.sort(([a], [b]) => Number(a) - Number(b));
    return inOrder.map(([id, text]) => {
      const at = `${placeOf(name)}.aside[${counterOf(placeOf(name), 'aside.id', id)}]`;
      const { reason, since, session } = parsed(at, 'record', text);
      const read = sessionFromText(`${at}.session`, session);
      const time = new Date(checkInteger(at, 'since', since, 0, 8.64e15));
      return { entry: entryOf(id, read, checkReason(reason), time), session: read };
    });
  }

  async put(lease: LeaseRef, record: Parameters<AsideBackend['put']>[1]): Promise<string | null> {
    const { session, reason, since, instead } = record;
    const text = JSON.stringify({ reason, since: since.getTime(), session: sessionToText(session) });
    const id = await this.#server.run(SCRIPTS.keepAside, this.#of(lease), [
      String(lease.fence),
      text,
      ...instead,
    ]);
    return String(id) === '0' ? null : String(id);
  }

  async delete(lease: LeaseRef, id: string): Promise<boolean> {
    return isYes(await this.#server.run(SCRIPTS.forgetAside, this.#of(lease), [String(lease.fence), id]));
  }

  #of({ name }: LeaseRef): string[] {
    return [this.#keys.session(name), this.#keys.aside(name)];
  }
}
