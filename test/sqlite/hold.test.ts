import { readdirSync, readFileSync, statSync, symlinkSync, unlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SessionHeldError } from '../../src/index.ts';
import { SqliteSession } from '../../src/sqlite/index.ts';
import { temporaryFolder } from '../support/folder.ts';
import { startChild } from '../support/process.ts';
import { fullSession } from '../support/sessions.ts';

/** A saved session, closed. */
async function saved(): Promise<{ folder: string; path: string }> {
  const folder = temporaryFolder();
  const path = join(folder, 'alice.session');
  const storage = new SqliteSession(path);
  await storage.load();
  await storage.save(fullSession());
  await storage.close();
  return { folder, path };
}

async function refused(promise: Promise<unknown>): Promise<SessionHeldError> {
  const error = await promise.then(
    () => null,
    (reason) => reason,
  );
  expect(error).toBeInstanceOf(SessionHeldError);
  return error;
}

describe('the hold', () => {
  test('refuses a second SqliteSession of the same process at once, and names the first', async () => {
    const { path } = await saved();
    const first = new SqliteSession(path, { label: 'first bot' });
    await first.load();
    const second = new SqliteSession(path);
    const error = await refused(second.load());
    expect(error.code).toBe('HELD');
    expect(error.holder).toMatchObject({ pid: process.pid, host: hostname(), label: 'first bot' });
    expect(error.holder!.since.getTime()).toBeLessThanOrEqual(Date.now());
    expect(error.message).toContain('first bot');
    await second.close();
    await refused(second.load());
    await first.close();
    expect(await second.load()).not.toBeNull();
    await second.close();
  });

  test('refuses a second process at once, and names the first', async () => {
    const { path } = await saved();
    const child = startChild('holder.ts', [path, JSON.stringify({ label: 'the child' })]);
    child.send('load');
    expect(await child.line()).toBe('pts 100');
    const error = await refused(new SqliteSession(path).load());
    expect(error.holder).toMatchObject({ pid: child.process.pid, host: hostname(), label: 'the child' });
    child.send('close');
    expect(await child.line()).toBe('ok');
    const mine = new SqliteSession(path);
    await mine.load();
    child.send('load');
    expect(await child.line()).toBe('HELD');
    await mine.close();
  });

  test('holds a session that has no file yet', async () => {
    const path = join(temporaryFolder(), 'new.session');
    const first = new SqliteSession(path);
    expect(await first.load()).toBeNull();
    await refused(new SqliteSession(path).load());
    await first.close();
  });

  test('is one for all links to a file', async () => {
    const { folder, path } = await saved();
    symlinkSync(path, join(folder, 'other.session'));
    const first = new SqliteSession(path);
    await first.load();
    await refused(new SqliteSession(join(folder, 'other.session')).load());
    symlinkSync(folder, `${folder}-link`);
    await refused(new SqliteSession(join(`${folder}-link`, 'alice.session')).load());
    unlinkSync(`${folder}-link`);
    await first.close();
  });

  test('ends with the process, kill -9 included: the next one has it at once, with the last save', async () => {
    const { path } = await saved();
    const child = startChild('holder.ts', [path]);
    for (const line of ['load', 'save 200', 'save 201', 'save 202']) {
      child.send(line);
      expect(await child.line()).not.toBe('HELD');
    }
    await child.kill();
    const next = new SqliteSession(path);
    expect((await next.load())?.state?.pts).toBe(202);
    await next.close();
  });

  test('leaves nothing beside the file when it is given back', async () => {
    const { folder, path } = await saved();
    const storage = new SqliteSession(path);
    const session = await storage.load();
    session!.state!.pts = 0;
    await storage.save(session!);
    expect(readdirSync(folder).sort()).toEqual([
      'alice.session',
      'alice.session-holder',
      'alice.session-lock',
    ]);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o077).toBe(0);
    for (const pts of [1, 2, 3]) {
      session!.state!.pts = pts;
      await storage.save(session!);
    }
    await storage.close();
    expect(readdirSync(folder)).toEqual(['alice.session']);
    expect([...readFileSync(path).subarray(18, 20)]).toEqual([1, 1]);
  });

  test('can be waited for, with a bound', async () => {
    const { path } = await saved();
    const first = new SqliteSession(path);
    await first.load();
    await refused(new SqliteSession(path, { wait: 50 }).load());
    const second = new SqliteSession(path, { wait: 60_000 });
    const loading = second.load();
    await new Promise((resolve) => setTimeout(resolve, 30));
    await first.close();
    expect((await loading)?.state?.pts).toBe(100);
    await second.close();
  });

  test('can be waited for until a signal ends it', async () => {
    const { path } = await saved();
    const first = new SqliteSession(path);
    await first.load();
    const abort = new AbortController();
    const second = new SqliteSession(path, { wait: 60_000, signal: abort.signal });
    const loading = second.load();
    abort.abort(new Error('stop'));
    await expect(loading).rejects.toMatchObject({ code: 'ABORTED' });
    await first.close();
  });

  test('is handed over a hundred times between two processes, and nothing is lost', async () => {
    const { path } = await saved();
    const children = [1, 2].map((i) =>
      startChild('holder.ts', [path, JSON.stringify({ wait: 60_000, label: `child ${i}` })]),
    );
    let pts = 100;
    for (let i = 0; i < 100; i++) {
      const [from, to] = [children[i % 2]!, children[(i + 1) % 2]!];
      if (i === 0) {
        from.send('load');
        expect(await from.line()).toBe(`pts ${pts}`);
      }
      to.send('load'); // waits for the handover
      from.send(`save ${++pts}`);
      expect(await from.line()).toBe('ok');
      from.send('close');
      expect(await from.line()).toBe('ok');
      expect(await to.line()).toBe(`pts ${pts}`);
    }
  });

  test('goes to one of many that fight for it, and never to two', async () => {
    const { path } = await saved();
    const fighters = Array.from({ length: 4 }, () => startChild('fighter.ts', [path, '40']));
    const turns: { from: number; to: number; pts: number }[] = [];
    for (const fighter of fighters) {
      for (let line = await fighter.line(); line !== null; line = await fighter.line())
        turns.push(JSON.parse(line));
    }
    expect(turns).toHaveLength(160);
    turns.sort((a, b) => a.pts - b.pts);
    // Every turn saved the one before it plus one: two at once would have saved the same number.
    expect(turns.map(({ pts }) => pts)).toEqual(Array.from({ length: 160 }, (_, i) => 101 + i));
    for (let i = 1; i < turns.length; i++) expect(turns[i]!.from).toBeGreaterThanOrEqual(turns[i - 1]!.to);
  });

  test('is given up knowingly with shared: both may load', async () => {
    const { path } = await saved();
    const first = new SqliteSession(path, { shared: true });
    const second = new SqliteSession(path, { shared: true });
    expect(await first.load()).not.toBeNull();
    expect(await second.load()).not.toBeNull();
    await first.close();
    await second.close();
  });

  test('shared: a save between two of ours is noticed, and not overwritten until it was loaded', async () => {
    const { path } = await saved();
    const first = new SqliteSession(path, { shared: true });
    const second = new SqliteSession(path, { shared: true });
    const mine = (await first.load())!;
    const theirs = (await second.load())!;
    theirs.user = theirs.user!.with({ username: 'bob' });
    await second.save(theirs);
    mine.state!.pts = 500;
    await expect(first.save(mine)).rejects.toMatchObject({ code: 'CHANGED' });
    await expect(first.save(mine)).rejects.toMatchObject({ code: 'CHANGED' });
    expect((await second.load())?.equals(theirs)).toBe(true);
    const merged = (await first.load())!;
    expect(merged.user?.username).toBe('bob');
    merged.state!.pts = 500;
    await first.save(merged);
    expect((await second.load())?.state?.pts).toBe(500);
    await first.close();
    await second.close();
  });
});
