import { expect, test } from 'vitest';
import { whileUnchanged } from '../../src/jobs/while-unchanged.ts';

function source() {
  const revisions = new Map<string, number>();
  const values = new Map<string, number>();
  let reads = 0;
  let hold = Promise.resolve();
  return {
    change(key: string, value: number) {
      values.set(key, value);
      revisions.set(key, (revisions.get(key) ?? 0) + 1);
    },
    slowly(until: Promise<void>) {
      hold = until;
    },
    reads: () => reads,
    read: whileUnchanged(
      async key => {
        reads++;
        const value = values.get(key);
        await hold;
        return value;
      },
      key => revisions.get(key) ?? 0,
    ),
  };
}

test('one read serves all until something changes', async () => {
  const { change, read, reads } = source();
  change('a', 1);
  expect([await read('a'), await read('a'), await read('a')]).toEqual([1, 1, 1]);
  expect(reads()).toBe(1);
  change('b', 1);
  await read('a');
  expect(reads()).toBe(1);
  change('a', 2);
  expect(await read('a')).toBe(2);
  expect(reads()).toBe(2);
});

test('a change during a read: who asks after it does not share that read', async () => {
  const { change, read, slowly } = source();
  change('a', 1);
  let release = (): void => {};
  slowly(
    new Promise<void>(resolve => {
      release = resolve;
    }),
  );
  const early = read('a');
  change('a', 2);
  const late = read('a');
  release();
  expect(await early).toBe(1);
  expect(await late).toBe(2);
  expect(await read('a')).toBe(2);
});

test('an error is not kept, and the number of answers is bounded', async () => {
  let fails = true;
  let reads = 0;
  const read = whileUnchanged(
    async key => {
      reads++;
      if (fails) throw new Error('away');
      return key;
    },
    () => 0,
  );
  await expect(read('a')).rejects.toThrow('away');
  fails = false;
  expect(await read('a')).toBe('a');
  for (let key = 0; key < 5_000; key++) await read(String(key));
  reads = 0;
  await read('a');
  expect(reads).toBe(1);
  await read('4999');
  expect(reads).toBe(1);
});
