/** Writes the commands of docs/moving.md, from each library to each, between its two marks: as far as the registry goes. */

import { wrapped } from '../src/cli/print.ts';
import { codecs } from '../src/formats/index.ts';

export const MOVING_MARKS = ['<!-- moves: npm run formats-table -->\n', '<!-- /moves -->\n'] as const;

/** A library, its sessions as a source, and as a target. */
export interface Library {
  name: string;
  /** The page on its formats. */
  page: string;
  /** Formats that it leaves behind, and what its session is called in the commands. */
  from: { formats: string[]; path: string }[];
  /** What it opens: the format, and the name to write it under. */
  to: { format: string; output: string }[];
  /** How to stop it, and where its session is, as sentences. */
  stop: string;
  /** How it opens what was written, as a sentence. */
  open: string;
}

/** In the order of the page. */
export const LIBRARIES: readonly Library[] = [
  {
    name: 'Telethon 1',
    page: 'telethon',
    from: [{ formats: ['telethon-v1-sqlite', 'telethon-string', 'telethon-json'], path: 'alice.session' }],
    to: [
      { format: 'telethon-v1-sqlite', output: 'alice-telethon.session' },
      { format: 'telethon-string', output: 'alice-telethon.txt' },
    ],
    stop: 'End the program, or call `disconnect()`. The session is `alice.session` of `TelegramClient("alice", …)`, or the text of a `StringSession` in a file.',
    open: '`TelegramClient("alice-telethon", …)`, or `StringSession(text)`.',
  },
  {
    name: 'Telethon 2 and SqliteSession',
    page: 'telethon',
    from: [{ formats: ['telethon-v2-sqlite', 'telethon-alpha-sqlite'], path: 'alice.session' }],
    to: [{ format: 'telethon-v2-sqlite', output: 'alice-tgsession.session' }],
    stop: 'End the program; what it saved is then whole. `tgsession doctor alice.session` says whether somebody still has it.',
    open: '`new SqliteSession("alice-tgsession")`, or `SqliteSession("alice-tgsession")` of Telethon 2.',
  },
  {
    name: 'Pyrogram and its forks',
    page: 'pyrogram',
    from: [{ formats: ['pyrogram-sqlite', 'pyrogram-string', 'pyrogram-json'], path: 'alice.session' }],
    to: [
      { format: 'pyrogram-sqlite', output: 'alice-pyrogram.session' },
      { format: 'pyrogram-string', output: 'alice-pyrogram.txt' },
    ],
    stop: 'End the program, or `await app.stop()`. The session is `alice.session` of `Client("alice")`, or the text of `export_session_string()` in a file.',
    open: '`Client("alice-pyrogram", …)`, or `session_string=text`. Pyrofork, Hydrogram, PyroTGFork and Kurigram read the same; `--to-version 4` for Pyrofork and `7` for Kurigram keep the update state too.',
  },
  {
    name: 'GramJS and teleproto',
    page: 'gramjs',
    from: [
      { formats: ['gramjs-string'], path: 'alice.txt' },
      { formats: ['gramjs-store-session'], path: 'alice-store' },
      { formats: ['gramjs-localstorage-dump'], path: 'dump.json' },
    ],
    to: [
      { format: 'gramjs-string', output: 'alice-gramjs.txt' },
      { format: 'gramjs-store-session', output: 'alice-gramjs' },
    ],
    stop: 'End the program, or `await client.destroy()`. The session is the text of `session.save()` in a file, or the folder of a `StoreSession`.',
    open: '`new StringSession(text)`, or `new StoreSession("alice-gramjs")` beside the folder.',
  },
  {
    name: 'mtcute',
    page: 'mtcute',
    from: [{ formats: ['mtcute-sqlite', 'mtcute-string'], path: 'client.session' }],
    to: [
      { format: 'mtcute-sqlite', output: 'alice-mtcute.session' },
      { format: 'mtcute-string', output: 'alice-mtcute.txt' },
    ],
    stop: 'End the program, or `await tg.destroy()`. The session is the file of the storage, or the text of `exportSession()` in a file.',
    open: '`storage: "alice-mtcute.session"`, or `await tg.importSession(text)`.',
  },
  {
    name: 'MTKruto',
    page: 'mtkruto',
    from: [
      { formats: ['mtkruto-string'], path: 'alice.txt' },
      { formats: ['mtkruto-node-localstorage'], path: 'mtkruto-storage' },
      { formats: ['mtkruto-localstorage-dump'], path: 'dump.json' },
    ],
    to: [{ format: 'mtkruto-string', output: 'alice-mtkruto.txt' }],
    stop: 'End the program, or `await client.disconnect()`. The session is the text of `exportAuthString()` in a file, or the folder of `StorageLocalStorage`.',
    open: '`new Client({ authString: text })`.',
  },
  {
    name: 'Telegram Web A',
    page: 'telegram-web',
    from: [{ formats: ['telegram-web-a-localstorage'], path: 'web-a.json' }],
    to: [{ format: 'telegram-web-a-localstorage', output: 'alice-web-a.json' }],
    stop: 'Take the dump, then close every tab of web.telegram.org. **Do not log out**: that destroys the key.',
    open: 'Put the items into `localStorage` of a browser where it is not logged in: see the page.',
  },
  {
    name: 'Telegram Web K',
    page: 'telegram-web',
    from: [{ formats: ['telegram-web-k-localstorage'], path: 'web-k.json' }],
    to: [{ format: 'telegram-web-k-localstorage', output: 'alice-web-k.json' }],
    stop: 'As with Telegram Web A.',
    open: 'As with Telegram Web A.',
  },
  {
    name: 'Telegram Desktop',
    page: 'tdata',
    from: [{ formats: ['tdata'], path: 'tdata' }],
    to: [{ format: 'tdata', output: 'alice-desktop/tdata' }],
    stop: 'Quit it from the icon in the tray: closing the window leaves it running. The session is the folder `tdata` in its folder of data; you are asked for its passcode. **Do not log out.**',
    open: 'Start it with `-workdir alice-desktop`. Nothing that is there already is added to: a folder that has a `tdata` keeps it.',
  },
  {
    name: 'gotd',
    page: 'gotd',
    from: [{ formats: ['gotd-json'], path: 'session.json' }],
    to: [{ format: 'gotd-json', output: 'alice-gotd.json' }],
    stop: 'End the program. The session is the file of `session.FileStorage`.',
    open: '`&session.FileStorage{Path: "alice-gotd.json"}`.',
  },
  {
    name: 'grammers',
    page: 'grammers',
    from: [{ formats: ['grammers-sqlite', 'grammers-tl'], path: 'alice.session' }],
    to: [{ format: 'grammers-sqlite', output: 'alice-grammers.session' }],
    stop: 'End the program. The session is the file of `SqliteSession`, or that of `Session` until 0.7.',
    open: '`SqliteSession::open("alice-grammers.session")`, of 0.8 or newer.',
  },
  {
    name: 'Telegram for Android',
    page: 'android',
    from: [{ formats: ['android'], path: 'org.telegram.messenger' }],
    to: [{ format: 'android', output: 'alice-android' }],
    stop: 'Stop the app (Settings, Apps, Force stop) and copy its folder of data; that takes a rooted device or a backup. **Do not log out.**',
    open: 'Put the files into the folder of data of a stopped app, with the owner that the others have.',
  },
  {
    name: 'TDLib',
    page: 'tdlib',
    from: [{ formats: ['tdlib-binlog'], path: 'td' }],
    to: [{ format: 'tdlib-binlog', output: 'alice-tdlib' }],
    stop: 'End the program, or send `close` and wait for `authorizationStateClosed`. The session is the `database_directory`; with a `database_encryption_key` add `--key-file`.',
    open: '`database_directory` is `alice-tdlib`. With a `database_encryption_key` add `--to-key-file`.',
  },
  {
    name: 'tgsession, for keeping and sending',
    page: 'tgsession',
    from: [{ formats: ['tgsession-json', 'tgsession-string'], path: 'alice.json' }],
    to: [
      { format: 'tgsession-json', output: 'alice.json' },
      { format: 'tgsession-string', output: 'alice-tgsession.txt' },
    ],
    stop: 'Nothing uses it: it is only kept.',
    open: '`tgsession convert` makes any other of it; nothing is lost on the way.',
  },
];

/** A command of the page. */
export interface Move {
  source: { formats: string[]; path: string };
  target: { format: string; output: string };
  command: string;
}

const reads = (format: string) => codecs.some(({ name, reads = true }) => name === format && reads);
const writes = (format: string) => codecs.some(({ name, writes }) => name === format && writes.length > 0);

/** The sources of a library that are read. */
export function sourcesOf({ from }: Library): Library['from'] {
  return from.filter(({ formats }) => formats.some(reads));
}

/** The targets of a library that are written. */
export function targetsOf({ to }: Library): Library['to'] {
  return to.filter(({ format }) => writes(format));
}

/** A target in words, told from the others of its library. */
function nameOf({ name, to }: Library, format: string): string {
  const one = codecs.find((codec) => codec.name === format)!;
  return to.length === 1 ? name : `${name}, ${one.text ? 'a string' : `a ${one.output ?? 'file'}`}`;
}

/** One command for each target of another library. */
export function moves(from: Library, to: Library): Move[] {
  const [source] = sourcesOf(from);
  if (source === undefined || from === to) return [];
  return targetsOf(to).map((target) => {
    const command = `tgsession convert ${source.path} --to ${target.format} -o ${target.output}`;
    return { source, target, command };
  });
}

/** All sections, one for each library of which the registry has something. */
export function movingTables(): string {
  const known = LIBRARIES.filter((one) => sourcesOf(one).length > 0 || targetsOf(one).length > 0);
  return known.map((from) => section(from, known)).join('\n');
}

function section(from: Library, known: readonly Library[]): string {
  const [first, ...others] = sourcesOf(from);
  const also = others.map(
    ({ path, formats }) => `\`${path}\` (${formats.map((one) => `\`${one}\``).join(', ')})`,
  );
  const paragraphs = [
    `## ${from.name}`,
    `Leaving it: ${from.stop}`,
    `Coming to it: ${from.open} Byte by byte: [formats/${from.page}.md](formats/${from.page}.md).`,
    ...(also.length > 0 ? [`In place of \`${first!.path}\` it may be ${also.join(' or ')}.`] : []),
  ];
  const rows = known.flatMap((to) =>
    moves(from, to).map(({ target, command }) => `| ${nameOf(to, target.format)} | \`${command}\` |\n`),
  );
  const table = rows.length === 0 ? '' : `\n| to | command |\n|---|---|\n${rows.join('')}`;
  return `${paragraphs.map((text) => `${wrapped(text, 120).join('\n')}\n`).join('\n')}${table}`;
}
