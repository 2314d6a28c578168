/** What Telegram said of a session of a store with leases: its status there, which whoever looks through the store sees. */

import { checkObject } from '../check.ts';
import type { AuthKeyStatus, StatusStore } from '../status.ts';
import { checkStatusReason } from './checks.ts';
import type { InLease } from './leased-aside.ts';
import type { StoreCore } from './store-core.ts';

/** What the server says of a key that two clients used. */
const DUPLICATED = 'AUTH_KEY_DUPLICATED';

export class LeasedStatus implements StatusStore {
  readonly #core: StoreCore;
  readonly #inLease: InLease;

  constructor(core: StoreCore, inLease: InLease) {
    this.#core = core;
    this.#inLease = inLease;
  }

  async put(found: AuthKeyStatus): Promise<void> {
    const { status, reason } = checkObject('status', '', found);
    const checked = checkStatusReason(reason);
    await this.#inLease(async ({ lease }) => {
      // One that was never saved has no status, and needs none.
      await this.#core.backend.setStatus(lease.name, status === 'alive' ? 'ok' : 'dead', checked);
    });
  }

  /** Null where nobody has asked Telegram, or an operator only suspects it. */
  get(): Promise<AuthKeyStatus | null> {
    return this.#inLease(async ({ lease, login }) => {
      const info = await this.#core.backend.info(lease.name);
      if (info === null || login === null || info.statusSince === null || info.status === 'suspected')
        return null;
      const { reason, statusSince: at, user } = info;
      const dead = reason === DUPLICATED ? 'duplicated' : 'revoked';
      const status = info.status === 'ok' ? 'alive' : dead;
      return { status, reason, ...login, dc: user?.dc ?? 0, at };
    });
  }
}
