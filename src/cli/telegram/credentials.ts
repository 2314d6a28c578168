/** The API id and hash, with which a program says to Telegram which one it is. Never from arguments. */

import { UsageError } from '../command.ts';
import { ask, canAsk } from '../prompt.ts';

/** What https://my.telegram.org gives a developer. */
export interface Credentials {
  apiId: number;
  apiHash: string;
}

const WHERE = 'They are yours from https://my.telegram.org.';

/**
 * From the environment (`TG_API_ID` and `TG_API_HASH`, or `API_ID` and `API_HASH`), or from who sits at the terminal.
 *
 * @throws UsageError; SessionError `ABORTED`
 */
export async function credentials(signal: AbortSignal): Promise<Credentials> {
  const apiId = apiIdOf(process.env) ?? toApiId(await asked('API id', 'TG_API_ID', signal, true));
  const hash = process.env.TG_API_HASH ?? process.env.API_HASH;
  return { apiId, apiHash: toApiHash(hash ?? (await asked('API hash', 'TG_API_HASH', signal, false))) };
}

/** The API id alone, which is all that who is logged in needs. `known` is one that the session came with. */
export async function apiIdFor(known: number | null, signal: AbortSignal): Promise<number> {
  const apiId = apiIdOf(process.env) ?? known;
  return apiId ?? toApiId(await asked('API id', 'TG_API_ID', signal, true));
}

function apiIdOf({ TG_API_ID, API_ID }: NodeJS.ProcessEnv): number | null {
  const text = TG_API_ID ?? API_ID;
  return text === undefined ? null : toApiId(text);
}

async function asked(what: string, variable: string, signal: AbortSignal, shown: boolean): Promise<string> {
  if (!canAsk()) throw new UsageError(`The ${what} is needed: set ${variable} in the environment. ${WHERE}`);
  return ask(`${what}${shown ? '' : ' (not shown)'}: `, { shown, signal });
}

function toApiId(text: string): number {
  const id = /^\d{1,10}$/.test(text.trim()) ? Number(text) : 0;
  if (id > 0 && id < 2 ** 31) return id;
  throw new UsageError(`The API id is a number. ${WHERE}`);
}

function toApiHash(text: string): string {
  if (/^[\da-f]{32}$/i.test(text.trim())) return text.trim();
  throw new UsageError(`The API hash has 32 hexadecimal digits. ${WHERE}`);
}
