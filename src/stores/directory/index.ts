/**
 * Many sessions as files in one folder. Node.js, Bun and Deno.
 *
 * @module
 */

export { DirectorySessions, type DirectorySessionsOptions } from './directory-sessions.ts';
export type { SkippedFile } from './skipped.ts';
