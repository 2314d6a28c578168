/** Errors of the operating system as errors of a session. */

import { SessionError } from '../errors.ts';

const TEXTS: Record<string, string> = {
  EACCES: 'you may not use it. Check the permissions of the file and of its folder.',
  EPERM: 'you may not use it. Check the permissions of the file and of its folder.',
  EROFS: 'it is on a file system that may only be read.',
  ENOSPC: 'the disk is full.',
  EDQUOT: 'your quota on that disk is used up.',
  ENOTDIR: 'a part of its path is a file, not a folder.',
  EISDIR: 'it is a folder, not a file.',
  ELOOP: 'its links lead in a circle.',
  ENAMETOOLONG: 'its name is too long.',
};

/** The `IO` error (or `NOT_FOUND`) for a failed call on a path. */
export function ioError(error: unknown, path: string): SessionError {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return new SessionError('NOT_FOUND', `${path} is not there.`, { cause: error });
  const text = TEXTS[code] ?? `the system reported: ${message}`;
  return new SessionError('IO', `${path} cannot be used: ${text}`, { cause: error });
}
