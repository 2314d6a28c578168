/** Logins under way: codes that were sent, QR codes that are shown, passwords that are asked for, logins on their way to another data centre. */

import { randomBytes } from 'node:crypto';
import type { PasswordQuestion } from './srp.ts';

/** A code that was sent to a phone number. */
export interface SentCode {
  readonly phone: string;
  /** How often it was sent again. */
  sent: number;
}

/** A QR code that a client shows. */
export interface LoginToken {
  readonly token: Uint8Array;
  /** The key that is to be logged in. */
  readonly keyId: string;
  /** Unix time in seconds. */
  readonly expires: number;
  /** Who scanned it with a client that is logged in, or null. */
  acceptedBy: number | null;
}

/** How long a QR code is good, in seconds, as with Telegram. */
const TOKEN_LIFE = 30;

/** Logins under way at a data centre. */
export class Logins {
  /** Codes by the hash that stands for each. */
  readonly codes = new Map<string, SentCode>();
  /** Questions for a password by key. */
  readonly questions = new Map<string, PasswordQuestion>();
  /** Users by the secret with which another data centre may log them in. */
  readonly #exported = new Map<string, number>();
  readonly #tokens = new Map<string, LoginToken>();

  /** The token of a key that is good still, or a new one. */
  tokenFor(keyId: string): LoginToken {
    const now = Math.floor(Date.now() / 1000);
    const current = [...this.#tokens.values()].find(
      (each) => each.keyId === keyId && (each.acceptedBy !== null || each.expires > now),
    );
    if (current !== undefined) return current;
    const made = { token: randomBytes(32), keyId, expires: now + TOKEN_LIFE, acceptedBy: null };
    this.#tokens.set(hex(made.token), made);
    return made;
  }

  token(token: Uint8Array): LoginToken | undefined {
    return this.#tokens.get(hex(token));
  }

  /** Ends a token. */
  spend({ token }: LoginToken): void {
    this.#tokens.delete(hex(token));
  }

  /** Lets a user be logged in elsewhere by who has the bytes. */
  export(user: number): Uint8Array {
    const secret = randomBytes(64);
    this.#exported.set(hex(secret), user);
    return secret;
  }

  /** Who is to be logged in, once, or null. */
  import(secret: Uint8Array, user: number): number | null {
    const found = this.#exported.get(hex(secret));
    if (found !== user) return null;
    this.#exported.delete(hex(secret));
    return found;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
