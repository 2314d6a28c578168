/** `tgsession login`: a new session, by a login at Telegram. */

import { codec } from '../formats/index.ts';
import { COMMON_OPTIONS, type Command, UsageError, type Values } from './command.ts';
import { textOf, WRITE_HELP, WRITE_OPTIONS, writeOptionsOf } from './options.ts';
import { json, line, list, plain, style } from './print.ts';
import { STORE_DETAILS } from './store/place.ts';
import { type LoginResult, logInto } from './telegram/log-in.ts';
import { loadMtcute } from './telegram/mtcute.ts';
import { untilStopped } from './telegram/stop.ts';
import { type LoginTarget, OWN_FORMAT, takeTarget } from './telegram/target.ts';
import { testNetwork } from './telegram/test-dc.ts';
import type { Way } from './telegram/way.ts';
import { checkWay } from './telegram/ways.ts';

export const login: Command = {
  usage: 'login --to <path|store> [name]',
  summary: 'log in to Telegram, and keep the session there',
  details: `By phone number and code, unless you say otherwise; you are asked for the
password of two-step verification if there is one. The API id and hash are
taken from TG_API_ID and TG_API_HASH in the environment, or asked for. Nothing
secret is taken from arguments. Needs mtcute: npm install @mtcute/node

"logged in" is printed when the session is on the disk. It is held meanwhile;
stop with Ctrl-C, and nothing is left. A session in which somebody is logged in
is not replaced, unless it is known to be dead, or you say --force.

With a name it goes into a store. ${STORE_DETAILS}`,
  options: {
    ...COMMON_OPTIONS,
    to: { type: 'string' },
    format: { type: 'string' },
    qr: { type: 'boolean' },
    bot: { type: 'boolean' },
    'bot-token-file': { type: 'string' },
    'password-file': { type: 'string' },
    'test-servers': { type: 'boolean' },
    force: { type: 'boolean' },
    ...WRITE_OPTIONS,
  },
  optionHelp: {
    ...WRITE_HELP,
    to: 'the file or folder to write, or the store',
    format:
      'its format (see "tgsession formats"); by default a session file of tgsession, which Telethon v2 reads',
    qr: 'show a QR code, to be scanned with Telegram on your phone',
    bot: 'log in a bot: its token is taken from TG_BOT_TOKEN, or asked for',
    'bot-token-file': 'log in a bot, with the token in a file',
    'password-file': 'a file with the password of two-step verification',
    'test-servers': 'log in to the test servers of Telegram',
    force: 'replace what is there; a session of ours, or of a store, is kept aside with it',
    json: 'print one JSON object',
  },
  arguments: [0, 1],
  async run([name], values) {
    const to = textOf(values, 'to');
    if (to === undefined) throw new UsageError('Say with --to where the session is to be.');
    const format = textOf(values, 'format');
    if (name !== undefined && format !== undefined) {
      throw new UsageError('A store has no formats: leave out --format, or the name of the session.');
    }
    const way = wayOf(values);
    checkWay(way);
    const write = writeOptionsOf(values, codec(format ?? OWN_FORMAT));
    const network = testNetwork();
    const mtcute = await loadMtcute();
    const testMode = values['test-servers'] === true;
    return untilStopped(async (signal) => {
      const target = await takeTarget({ to, name, format, write, force: values.force === true });
      let result: LoginResult;
      try {
        result = await logInto(target, { mtcute, network, testMode, way, signal });
      } finally {
        await target.close();
      }
      report(target, result, values.json === true);
      return 0;
    });
  },
};

function wayOf(values: Values): Way {
  const botTokenFile = textOf(values, 'bot-token-file');
  const isBot = values.bot === true || botTokenFile !== undefined;
  if (isBot && values.qr === true) throw new UsageError('--qr is for people: a bot has a token.');
  return {
    kind: isBot ? 'bot' : values.qr === true ? 'qr' : 'phone',
    botTokenFile,
    passwordFile: textOf(values, 'password-file'),
  };
}

function report({ place }: LoginTarget, result: LoginResult, asJson: boolean): void {
  const { snapshot, wasThere, losses, notes } = result;
  const { id, dc, bot, username } = snapshot.session.user!;
  if (asJson) {
    json({ ...place, user: { id, dc, bot, username }, wasThere, losses, notes });
    return;
  }
  const name = username === null ? '' : ` @${plain(username)}`;
  const who = `${bot ? 'bot' : 'user'} ${id}${name}, data centre ${dc}`;
  const where = place.output ?? `${place.name} in ${place.store}`;
  line(`${style('green', wasThere ? 'was logged in' : 'logged in')}  ${who}  ${plain(where)}`);
  list('Good to know', notes);
  list(
    'Lost: the target cannot hold',
    losses.map(({ message }) => message),
  );
}
