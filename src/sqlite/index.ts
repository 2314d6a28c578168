/**
 * Sessions in SQLite files.
 *
 * @module
 */

export { SqliteSession, type SqliteSessionOptions } from './sqlite-session.ts';
