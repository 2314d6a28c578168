/** `tgsession ls` and `tgsession find`: the sessions of a store, page by page, however many they are. */

import type { SessionFilter, SessionInfo, SessionStatus } from '../../stores/store.ts';
import { COMMON_OPTIONS, type Command, UsageError, type Values } from '../command.ts';
import { numberOf, textOf } from '../options.ts';
import { json, line, style } from '../print.ts';
import { openPlace, STORE_DETAILS } from './place.ts';
import { HEADING, rowOf, statusStyle } from './show.ts';

/** How many rows are printed at once; the columns of each lot line up. */
const LOT = 100;

const PAGE_OPTIONS = { after: { type: 'string' }, limit: { type: 'string' } } as const;
const PAGE_HELP = {
  json: 'print each session as a JSON object on a line of its own',
  after: 'begin behind this name',
  limit: 'at most so many; without it all',
};

export const ls: Command = {
  usage: 'ls <store>',
  summary: 'list the sessions of a store',
  details: STORE_DETAILS,
  options: { ...COMMON_OPTIONS, ...PAGE_OPTIONS },
  optionHelp: PAGE_HELP,
  arguments: 1,
  onlyTells: true,
  run: ([store], values) => show(store!, {}, values),
};

export const find: Command = {
  usage: 'find <store>',
  summary: 'list those that fit: --user-id, --username, --phone, --tag, …',
  details: STORE_DETAILS,
  options: {
    ...COMMON_OPTIONS,
    ...PAGE_OPTIONS,
    'user-id': { type: 'string' },
    username: { type: 'string' },
    phone: { type: 'string' },
    dc: { type: 'string' },
    bot: { type: 'boolean' },
    'no-bot': { type: 'boolean' },
    status: { type: 'string' },
    label: { type: 'string' },
    tag: { type: 'string' },
  },
  optionHelp: {
    ...PAGE_HELP,
    'user-id': 'of the user with this id',
    username: 'of the user with this main username',
    phone: 'with this phone number noted; only its digits count',
    dc: 'of users of this data centre',
    bot: 'of bots only',
    'no-bot': 'of people only',
    status: 'ok, suspected or dead',
    label: 'with this label',
    tag: 'with this tag',
  },
  arguments: 1,
  onlyTells: true,
  run: ([store], values) => {
    const filter = filterOf(values);
    if (Object.keys(filter).length === 0) {
      throw new UsageError('Say what to find, such as --user-id or --tag. All sessions: tgsession ls');
    }
    return show(store!, filter, values);
  },
};

function filterOf(values: Values): SessionFilter {
  const userId = textOf(values, 'user-id');
  const dc = numberOf(values, 'dc', 1);
  const texts = ['username', 'phone', 'status', 'label', 'tag'] as const;
  const given = texts.flatMap((name) => {
    const text = textOf(values, name);
    return text === undefined ? [] : [[name, text] as const];
  });
  if (values.bot && values['no-bot']) throw new UsageError('--bot and --no-bot exclude each other.');
  if (userId !== undefined && !/^\d{1,16}$/.test(userId)) throw new UsageError('--user-id takes a number.');
  const filter = Object.fromEntries(given) as { status?: SessionStatus };
  if (filter.status !== undefined && !['ok', 'suspected', 'dead'].includes(filter.status)) {
    throw new UsageError('--status takes ok, suspected or dead.');
  }
  return {
    ...filter,
    ...(userId !== undefined && { userId: Number(userId) }),
    ...(dc !== undefined && { dc }),
    ...((values.bot || values['no-bot']) && { bot: values.bot === true }),
  };
}

async function show(argument: string, filter: SessionFilter, values: Values): Promise<number> {
  const limit = numberOf(values, 'limit', 1) ?? Number.POSITIVE_INFINITY;
  const after = textOf(values, 'after') ?? null;
  const store = await openPlace(argument);
  try {
    let lot: SessionInfo[] = [];
    const rows = new Rows();
    let count = 0;
    const all = after === null ? store.find(filter) : behind(store, after, filter);
    for await (const info of all) {
      if (values.json) json(info);
      else if (lot.push(info) === LOT) {
        rows.print(lot);
        lot = [];
      }
      if (++count === limit) break;
    }
    if (!values.json) {
      rows.print(lot);
      if (count === 0) line(Object.keys(filter).length === 0 ? 'No sessions.' : 'No session fits.');
    }
    return 0;
  } finally {
    await store.close();
  }
}

async function* behind(
  store: Awaited<ReturnType<typeof openPlace>>,
  first: string,
  filter: SessionFilter,
): AsyncGenerator<SessionInfo> {
  for (let after = first; ; ) {
    const page = await store.list({ after, limit: LOT, filter });
    yield* page;
    if (page.length < LOT) return;
    after = page.at(-1)!.name;
  }
}

/** Rows whose columns line up in each lot, and grow wider but never narrower from lot to lot. */
class Rows {
  #widths: number[] = HEADING.map((text) => text.length);
  #hasHeading = false;

  print(infos: readonly SessionInfo[]): void {
    if (infos.length === 0) return;
    const rows = infos.map(rowOf);
    this.#widths = this.#widths.map((width, i) => Math.max(width, ...rows.map((row) => row[i]!.length)));
    if (!this.#hasHeading)
      line(
        style(
          'dim',
          this.#line(HEADING, (text) => text),
        ),
      );
    this.#hasHeading = true;
    for (const row of rows) line(this.#line(row, (text, i) => (i === 1 ? statusStyle(text) : text)));
  }

  #line(row: readonly string[], styled: (text: string, column: number) => string): string {
    const cells = row.map((text, i) => styled(text, i) + ' '.repeat(this.#widths[i]! - text.length));
    return cells.join('  ').trimEnd();
  }
}
