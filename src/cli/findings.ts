/** What `doctor` looks at: everything about a session file that stops it from loading, or puts it in danger. */

import { readdirSync, realpathSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { holderText, SessionError } from '../errors.ts';
import { detect, type ReadOptions, type Snapshot } from '../formats/index.ts';
import type { Session } from '../session.ts';
import { sqlDriver } from '../sqlite/driver.ts';
import { isHeld } from '../sqlite/hold.ts';
import { readHolder } from '../sqlite/holder.ts';
import { realPath } from '../sqlite/path.ts';
import { isBackupOf } from '../sqlite/remove.ts';
import { keptAside, lastStatus } from './beside.ts';
import { contentsOf, contentsSentence } from './contents.ts';
import { readAsking } from './reading.ts';
import { messageOf } from './wording.ts';

/** One thing found. */
export interface Finding {
  /** `problem`: it does not load or must not be used now; `danger`: it loads, but; `ok`: as it should be. */
  level: 'ok' | 'danger' | 'problem';
  /** A stable word for programs. */
  code: string;
  /** What it is and what to do, as sentences. */
  message: string;
}

/** Looks at a session. Changes nothing. */
export async function findingsOf(path: string, options: ReadOptions = {}): Promise<Finding[]> {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return [problem('NOT_FOUND', `${path} is not there.`)];
  if (stats.isDirectory()) return folder(realpathSync(resolve(path)), path, stats, options);
  const file = realPath(path);
  return [
    ...permissions(file, stats),
    ...(await holder(file)),
    ...besides(file),
    ...(stats.size === 0
      ? [danger('EMPTY', 'The file is empty: a client would begin a new login in it.')]
      : await content(file, options)),
  ];
}

/** A folder that is a session, or one that just has some in it. */
async function folder(path: string, label: string, stats: Stats, options: ReadOptions): Promise<Finding[]> {
  if (options.from === undefined && (await detect({ path })).length === 0) {
    const inIt = contentsSentence(await contentsOf(path));
    return [problem('FOLDER', `${label} is a folder, and no session itself. ${inIt || 'None is in it.'}`)];
  }
  return [...permissions(path, stats), ...(await content(path, options))];
}

function permissions(file: string, stats: Stats): Finding[] {
  if (process.platform === 'win32') return [];
  const found: Finding[] = [];
  const [what, right] = stats.isDirectory() ? ['folder', '700'] : ['file', '600'];
  const others = stats.mode & 0o077;
  if (others !== 0) {
    const mode = (stats.mode & 0o777).toString(8);
    found.push(
      danger(
        'READABLE',
        `Other users of this machine may use the ${what} (mode ${mode}). Run: chmod ${right} '${file}'`,
      ),
    );
  } else found.push(ok('PERMISSIONS', `Only its owner may read the ${what}.`));
  const me = process.getuid?.();
  if (me !== undefined && me !== 0 && stats.uid !== me) {
    found.push(danger('OWNER', `The ${what} belongs to user ${stats.uid}, not to you (${me}).`));
  }
  const folder = statSync(dirname(file));
  if ((folder.mode & 0o022) !== 0 && (folder.mode & 0o1000) === 0) {
    found.push(
      danger(
        'FOLDER_WRITABLE',
        `Others may replace files in ${dirname(file)}. Run: chmod go-w '${dirname(file)}'`,
      ),
    );
  }
  return found;
}

async function holder(file: string): Promise<Finding[]> {
  const who = readHolder(file);
  if (isHeld(await sqlDriver(), file)) {
    return [
      problem(
        'HELD',
        `It is in use by ${holderText(who)}. A second client must not use it until that one has closed it.`,
      ),
    ];
  }
  if (who !== null) {
    return [
      ok(
        'HOLDER_DIED',
        `Process ${who.pid} on ${who.host} ended without closing it. Nothing is lost; the next one can open it.`,
      ),
    ];
  }
  return [ok('FREE', 'Nobody holds it.')];
}

/** Files beside it that matter. */
function besides(file: string): Finding[] {
  const found: Finding[] = [];
  const size = (suffix: string) => statSync(file + suffix, { throwIfNoEntry: false })?.size ?? 0;
  if (size('-wal') > 0) {
    found.push(
      danger(
        'WAL',
        `The newest data is in ${basename(file)}-wal beside it. Never copy or move one without the other; opening and closing the session merges them.`,
      ),
    );
  }
  if (size('-journal') > 512) {
    found.push(
      danger(
        'JOURNAL',
        `A write was interrupted: ${basename(file)}-journal beside it is needed to undo it. Do not remove it; opening the session repairs it.`,
      ),
    );
  }
  if (size('.login.session') > 0) {
    found.push(
      danger(
        'LOGIN_LEFT',
        `${file}.login.session is what a login left that was killed, and holds a key. The same "tgsession login" goes on from it; if the session here is the newer one, remove it.`,
      ),
    );
  }
  for (const name of readdirSync(dirname(file)).filter((name) => isBackupOf(file, name))) {
    found.push(
      danger(
        'BACKUP',
        `${join(dirname(file), name)} is a backup of a migration and holds the key too. Remove it when all is well.`,
      ),
    );
  }
  return found;
}

async function content(file: string, options: ReadOptions): Promise<Finding[]> {
  try {
    const { format, version, snapshots } = await readAsking({ path: file }, options);
    const found = [
      format === 'telethon-v2-sqlite'
        ? ok('READS', `It is a sound ${format} file, schema ${version}.`)
        : other(format, version),
    ];
    for (const snapshot of snapshots) {
      const { session, notes, loggedIn } = snapshot;
      found.push(...login(session, loggedIn), ...said(snapshot), ...aside(snapshot));
      for (const note of notes) found.push(danger('ODD', note));
    }
    return found;
  } catch (error) {
    if (!(error instanceof SessionError)) throw error;
    return [problem(error.code, messageOf(error)), ...(await reasons(file))];
  }
}

function other(format: string, version: number | null): Finding {
  const name = version === null ? format : `${format}, version ${version}`;
  const advice =
    format === 'telethon-v1-sqlite'
      ? 'Turn it into a Telethon v2 file with "tgsession migrate"; a backup is kept.'
      : 'Make a session file of it with "tgsession convert --to telethon-v2-sqlite".';
  return problem('OTHER_FORMAT', `It is ${name}, which SqliteSession does not open. ${advice}`);
}

function login({ dcs, user }: Session, loggedIn: boolean | null): Finding[] {
  const keys = dcs.filter((dc) => dc.auth !== null);
  if (keys.length === 0) return [danger('NO_KEY', 'There is no key in it: nobody is logged in.')];
  if (loggedIn === false) {
    return [danger('LOGGED_OUT', 'It has a key, but says that nobody is logged in with it.')];
  }
  if (user === null) {
    return [
      danger(
        'NO_USER',
        'It has a key, but does not say who is logged in: a logout, or a library that does not keep it.',
      ),
    ];
  }
  if (!keys.some((dc) => dc.id === user.dc)) {
    return [
      danger('NO_HOME_KEY', `The user lives on data centre ${user.dc}, but there is no key for that one.`),
    ];
  }
  return [ok('LOGIN', `User ${user.id} with a key for data centre ${user.dc}.`)];
}

/** What Telegram said when it was asked last. */
function said(snapshot: Snapshot): Finding[] {
  const last = lastStatus(snapshot);
  if (last === null) return [];
  const { status, reason, at } = last;
  if (status === 'alive') return [ok('ALIVE', `Telegram said at ${at} that it is alive.`)];
  const what = status === 'revoked' ? 'the login is over' : 'two clients used the key, and it is dead';
  return [
    problem(
      status.toUpperCase(),
      `Telegram said at ${at} that ${what} (${reason}). A new login is needed: "tgsession login".`,
    ),
  ];
}

/** Sessions that hold keys beside the one in use. */
function aside(snapshot: Snapshot): Finding[] {
  return keptAside(snapshot).map(({ reason, since, keyId, userId }) => {
    const who = userId === null ? 'a session' : `a session of user ${userId}`;
    return danger(
      'ASIDE',
      `Since ${since} ${who} is kept aside (${reason}, key ${keyId ?? 'none'}). Bring it back, or forget it: "tgsession aside".`,
    );
  });
}

async function reasons(file: string): Promise<Finding[]> {
  try {
    const detections = await detect({ path: file });
    return detections.map(({ format, reason }) => ok('LOOKS_LIKE', `It looks like ${format}: ${reason}`));
  } catch {
    return [];
  }
}

function ok(code: string, message: string): Finding {
  return { level: 'ok', code, message };
}

function danger(code: string, message: string): Finding {
  return { level: 'danger', code, message };
}

function problem(code: string, message: string): Finding {
  return { level: 'problem', code, message };
}
