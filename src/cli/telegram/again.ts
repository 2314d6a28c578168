/** {@link again}: what a person may have mistyped is asked for once more. */

import { errorLine } from '../print.ts';
import { inWords, saidBy } from './refusals.ts';

/** Does something until the server answers otherwise than that the person may have mistyped. */
export async function again<T>(mistakes: readonly string[], attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const said = saidBy(error);
      if (said !== null && KEPT.includes(said)) throw error;
      if (said === null || !mistakes.includes(said)) throw inWords(error);
      errorLine(`${(inWords(error) as Error).message} Try again.`);
    }
  }
}

/** What whoever called has an answer to. */
const KEPT = ['SESSION_PASSWORD_NEEDED', 'PHONE_CODE_EXPIRED'];
