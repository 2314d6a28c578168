/**
 * Many sessions as files in one folder. Node.js, Bun and Deno.
 *
 * @module
 */

export {
  DirectorySessions,
  type DirectorySessionsOptions,
  type SkippedFile,
} from './directory-sessions.ts';
