/** mtcute, which is not ours: an optional peer, loaded when a command connects to Telegram. */

import * as modules from 'node:module';
import { fileURLToPath } from 'node:url';
import { CommandError } from '../command.ts';

/** The modules of mtcute. */
export interface Mtcute {
  node: typeof import('@mtcute/node');
  utils: typeof import('@mtcute/node/utils.js');
}

/** Loads mtcute. @throws CommandError `NO_CLIENT` if it is not installed */
export async function loadMtcute(): Promise<Mtcute> {
  const withSqlite = withoutNativeModule();
  try {
    const [node, utils] = await Promise.all([import('@mtcute/node'), import('@mtcute/node/utils.js')]);
    return { node, utils };
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'ERR_MODULE_NOT_FOUND' && /'@mtcute\/node'/.test(message ?? '')) throw noClient();
    throw new CommandError(
      'NO_CLIENT',
      `mtcute could not be loaded. Install it anew: ${installCommand()}\n(${firstLine(message)})`,
    );
  } finally {
    withSqlite();
  }
}

/**
 * mtcute's own SQLite storage imports a native module, which is compiled when it is installed, and may be missing where
 * that failed or was not allowed. Nothing here uses it, so an empty one stands in its place. Returns what ends that.
 */
function withoutNativeModule(): () => void {
  // Node.js before 22.15 does not have it: then the module has to be there, though not to work.
  const { registerHooks } = modules as Partial<typeof modules>;
  if (registerHooks === undefined) return () => {};
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      if (specifier !== 'better-sqlite3') return next(specifier, context);
      return { url: 'data:text/javascript,export default undefined', shortCircuit: true };
    },
  });
  return () => hooks.deregister();
}

function noClient(): CommandError {
  return new CommandError(
    'NO_CLIENT',
    `The connection to Telegram is made by mtcute, which is not installed beside tgsession. Run:\n\n  ${installCommand()}\n`,
  );
}

/** What installs it where this very command will find it. */
function installCommand(): string {
  const here = fileURLToPath(import.meta.url).replaceAll('\\', '/');
  if (here.includes('/_npx/')) return 'npx --package tgsession --package @mtcute/node tgsession login --help';
  const isGlobal =
    /\/lib\/node_modules\/tgsession\//.test(here) || here.includes('/npm/node_modules/tgsession/');
  return `npm install ${isGlobal ? '--global ' : ''}@mtcute/node`;
}

function firstLine(text = ''): string {
  return text.split('\n', 1)[0]!.slice(0, 200);
}
