/**
 * W9: session strings, ours beside `@mtcute/convert`, which decodes without looking. Our keys get memory of their own
 * when they are asked for; so there are two rows for reading, and the second one asks.
 */

import * as convert from '@mtcute/convert';
import { Session } from 'tgsession';
import {
  formatGramjsString,
  formatPyrogramString,
  formatTelethonString,
  parseGramjsString,
  parsePyrogramString,
  parseTelethonString,
} from 'tgsession/formats';
import { dataOf } from './stores.ts';

const BATCH = 20_000;
const ROUNDS = 15;

/** Strings in a second, the median of some rounds, in turn with the others. */
function inTurn(calls: (() => unknown)[]): number[] {
  const times: number[][] = calls.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, call] of calls.entries()) {
      const begun = performance.now();
      for (let k = 0; k < BATCH; k++) call();
      times[i]!.push(performance.now() - begun);
    }
  }
  return times.map((list) => (BATCH / list.toSorted((a, b) => a - b)[ROUNDS >> 1]!) * 1000);
}

/** Prints the table. */
export function stringRates(): void {
  const auth = dataOf(0).keys[1]!;
  const session = new Session({
    dcs: [{ id: 2, ipv4Addr: '149.154.167.51:443', auth }],
    user: { id: 811432825, dc: 2, bot: false },
  });
  const telethon = formatTelethonString(session);
  const pyrogram = formatPyrogramString(session, { apiId: 12345 });
  const gramjs = formatGramjsString(session);
  const [parsedTelethon, parsedPyrogram, parsedGramjs] = [
    convert.parseTelethonSession(telethon),
    convert.parsePyrogramSession(pyrogram),
    convert.parseGramjsSession(gramjs),
  ];
  const rows: [string, () => unknown, () => unknown][] = [
    ['parse Telethon', () => parseTelethonString(telethon), () => convert.parseTelethonSession(telethon)],
    ['parse Pyrogram', () => parsePyrogramString(pyrogram), () => convert.parsePyrogramSession(pyrogram)],
    ['parse GramJS', () => parseGramjsString(gramjs), () => convert.parseGramjsSession(gramjs)],
    [
      'parse Telethon, take the key',
      () => parseTelethonString(telethon).dcs[0]!.auth,
      () => convert.parseTelethonSession(telethon).authKey,
    ],
    [
      'parse Pyrogram, take the key',
      () => parsePyrogramString(pyrogram).session.dcs[0]!.auth,
      () => convert.parsePyrogramSession(pyrogram).authKey,
    ],
    [
      'parse GramJS, take the key',
      () => parseGramjsString(gramjs).dcs[0]!.auth,
      () => convert.parseGramjsSession(gramjs).authKey,
    ],
    [
      'serialize Telethon',
      () => formatTelethonString(session),
      () => convert.serializeTelethonSession(parsedTelethon),
    ],
    [
      'serialize Pyrogram',
      () => formatPyrogramString(session, { apiId: 12345 }),
      () => convert.serializePyrogramSession(parsedPyrogram),
    ],
    [
      'serialize GramJS',
      () => formatGramjsString(session),
      () => convert.serializeGramjsSession(parsedGramjs),
    ],
  ];
  const rates = inTurn(rows.flatMap(([, ours, theirs]) => [ours, theirs]));
  console.log('\n**W9: session strings, million in a second**\n');
  console.log('| operation | tgsession | @mtcute/convert | tgsession ÷ it |\n|---|---|---|---|');
  for (const [i, [name]] of rows.entries()) {
    const [ours, theirs] = [rates[2 * i]!, rates[2 * i + 1]!];
    console.log(
      `| ${name} | ${(ours / 1e6).toFixed(2)} | ${(theirs / 1e6).toFixed(2)} | ${(ours / theirs).toFixed(2)} |`,
    );
  }
}
