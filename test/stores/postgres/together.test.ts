import { expect, test } from 'vitest';
import { Together } from '../../../src/stores/postgres/together.ts';

/** Requests that are answered when the test says so. */
function requests(most: number) {
  const sent: { inputs: readonly number[]; answer(): void; fail(error: Error): void }[] = [];
  const together = new Together<number, number>(most, (inputs) => {
    return new Promise((resolve, reject) => {
      const answer = () => resolve(inputs.map((each) => (each < 0 ? new Error(`no ${each}`) : each * 2)));
      sent.push({ inputs, answer, fail: reject });
    });
  });
  return { together, sent, inputs: () => sent.map((each) => each.inputs) };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

test('a call that comes alone is sent at once, and calls at the same time go together', async () => {
  const { together, sent, inputs } = requests(10);
  const one = together.call(1);
  await Promise.resolve();
  expect(inputs()).toEqual([[1]]);
  const more = [together.call(2), together.call(3)];
  await Promise.resolve();
  expect(inputs()).toEqual([[1], [2, 3]]);
  for (const each of sent) each.answer();
  expect(await Promise.all([one, ...more])).toEqual([2, 4, 6]);
});

test('while two requests are under way, calls wait for the next one, which is for so many at most', async () => {
  const { together, sent, inputs } = requests(3);
  const calls = [together.call(1)];
  await Promise.resolve();
  calls.push(together.call(2));
  await Promise.resolve();
  for (const n of [3, 4, 5, 6]) calls.push(together.call(n));
  await Promise.resolve();
  expect(inputs()).toEqual([[1], [2]]);
  sent[1]!.answer();
  await soon();
  expect(inputs()).toEqual([[1], [2], [3, 4, 5]]);
  sent[0]!.answer();
  await soon();
  expect(inputs()).toEqual([[1], [2], [3, 4, 5], [6]]);
  for (const each of sent) each.answer();
  expect(await Promise.all(calls)).toEqual([2, 4, 6, 8, 10, 12]);
});

test('each call gets its own answer or error; a request that fails is the error of its calls, and others go on', async () => {
  const { together, sent } = requests(2);
  const calls = [1, -2, 3, 4, 5].map((n) => together.call(n));
  const outcomes = Promise.allSettled(calls);
  await soon();
  sent[0]!.answer();
  sent[1]!.fail(new Error('lost'));
  await soon();
  sent[2]!.answer();
  const said = (await outcomes).map((each) =>
    each.status === 'fulfilled' ? each.value : each.reason.message,
  );
  expect(said).toEqual([2, 'no -2', 'lost', 'lost', 10]);
});

test('requests that hang keep others from being sent for no more than a second', async () => {
  const { together, sent, inputs } = requests(1);
  const hanging = [together.call(1), together.call(2)];
  const call = together.call(3);
  await soon();
  expect(inputs()).toEqual([[1], [2]]);
  while (sent.length < 3) await soon();
  sent[2]!.answer();
  expect(await call).toBe(6);
  sent[0]!.answer();
  sent[1]!.answer();
  expect(await Promise.all(hanging)).toEqual([2, 4]);
});
