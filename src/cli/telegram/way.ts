/** How somebody wants to log in, and what a login takes. */

import type { Connection } from './connection.ts';

/** How somebody wants to log in. */
export interface Way {
  kind: 'phone' | 'qr' | 'bot';
  /** A file with the token of the bot. */
  botTokenFile: string | undefined;
  /** A file with the password of two-step verification. */
  passwordFile: string | undefined;
}

/** What a login takes. */
export interface LoginContext {
  connection: Connection;
  way: Way;
  signal: AbortSignal;
}
