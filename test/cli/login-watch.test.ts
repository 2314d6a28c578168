import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { LoginWatch } from '../../src/cli/telegram/watch.ts';

test('a login is not asked for before the key is durable that it is to be in', async () => {
  const durable = Promise.withResolvers<void>();
  const watch = new LoginWatch(false, () => durable.promise);
  const sent: string[] = [];
  const send = (method: string) =>
    watch.middleware({ request: { _: method } } as never, async ({ request }) => {
      sent.push((request as { _: string })._);
      return { _: 'auth.authorization' };
    });
  await send('users.getUsers');
  const login = send('auth.importBotAuthorization');
  await setImmediate();
  expect(sent).toEqual(['users.getUsers']);
  expect(watch.mayBeLoggedIn).toBe(false);
  durable.resolve();
  await login;
  expect(sent).toEqual(['users.getUsers', 'auth.importBotAuthorization']);
  expect(watch.mayBeLoggedIn).toBe(true);
});

test('where the key cannot be kept, no login is asked for', async () => {
  const watch = new LoginWatch(false, () => Promise.reject(new Error('the disk is full')));
  const call = watch.middleware({ request: { _: 'auth.sendCode' } } as never, async () => {
    throw new Error('it was sent');
  });
  await expect(call).rejects.toThrow('the disk is full');
  expect(watch.mayBeLoggedIn).toBe(false);
});
