/**
 * A process that uses a session, told what to do by lines: `load`, `save <pts>`, `close`, `exit`.
 * Answers each with a line: `ok`, or the code of the error. Arguments: path, options as JSON.
 */

import { createInterface } from 'node:readline';
import { Session, UpdateState } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';

const [path, options] = process.argv.slice(2);
const storage = new SqliteSession(path!, JSON.parse(options ?? '{}'));
let session = new Session();

const commands: Record<string, (argument: string) => Promise<string>> = {
  async load() {
    const loaded = await storage.load();
    if (loaded !== null) session = loaded;
    return loaded === null ? 'null' : `pts ${loaded.state?.pts}`;
  },
  async save(pts) {
    session.state = (session.state ?? new UpdateState({ pts: 0, qts: 0, date: 0, seq: 0 })).with({
      pts: Number(pts),
    });
    await storage.save(session);
    return 'ok';
  },
  async close() {
    await storage.close();
    return 'ok';
  },
  async exit() {
    process.exit(0);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const [name, argument] = line.split(' ');
  try {
    console.log(await commands[name!]!(argument ?? ''));
  } catch (error) {
    console.log((error as { code?: string }).code ?? String(error));
  }
}
