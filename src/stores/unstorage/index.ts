/**
 * Many sessions in any driver of unstorage: a place to keep them, for one user at a time. Runs wherever its driver does.
 *
 * @module
 */

export type { UnstorageLike } from './items.ts';
export { UnstorageSessions, type UnstorageSessionsOptions } from './unstorage-sessions.ts';
