/** Finding sessions: what fits a filter, and going through all pages. */

import { usernameToLookUp } from '../peers/rules.ts';
import { checkFilter, MAX_PAGE } from './checks.ts';
import type { SessionFilter, SessionInfo, SessionStore } from './store.ts';

/** Pages that `find` asks for: the first one small, as often one session is looked for. */
const FIRST_PAGE = 100;

/** Whether a session fits a filter that was checked (`checkFilter`). For stores without an index of their own. */
export function fits({ user, phone, status, label, tags }: SessionInfo, filter: SessionFilter): boolean {
  return (
    (filter.userId === undefined || user?.id === filter.userId) &&
    (filter.username === undefined ||
      ((user?.username ?? null) !== null && usernameToLookUp(user!.username!) === filter.username)) &&
    (filter.phone === undefined || phone === filter.phone) &&
    (filter.dc === undefined || user?.dc === filter.dc) &&
    (filter.bot === undefined || user?.bot === filter.bot) &&
    (filter.status === undefined || status === filter.status) &&
    (filter.label === undefined || label === filter.label) &&
    (filter.tag === undefined || tags.includes(filter.tag))
  );
}

/** All sessions of a store that fit, page after page. @throws SessionError `INVALID_VALUE` at once */
export function findIn(store: Pick<SessionStore, 'list'>, filter: SessionFilter): AsyncIterable<SessionInfo> {
  return pages(store, checkFilter(filter));
}

async function* pages(store: Pick<SessionStore, 'list'>, filter: SessionFilter): AsyncGenerator<SessionInfo> {
  let limit = FIRST_PAGE;
  for (let after: string | null = null; ; limit = MAX_PAGE / 10) {
    const page: SessionInfo[] = await store.list({ after, limit, filter });
    yield* page;
    if (page.length < limit) return;
    after = page.at(-1)!.name;
  }
}
