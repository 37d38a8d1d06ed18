import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { coalesce } from '../../src/jobs/coalesce.ts';

test('many calls are few reads, and each is answered by a read that began after it', async () => {
  let now = 0;
  let reads = 0;
  const read = coalesce(async () => {
    reads++;
    const begun = now;
    await sleep(3);
    return begun;
  }, 20);
  for (let turn = 0; turn < 50; turn++) {
    const asked = ++now;
    const answers = await Promise.all([read('a'), read('a'), read('a')]);
    expect(Math.min(...answers)).toBeGreaterThanOrEqual(asked);
    if (turn % 5 === 0) await sleep(1);
  }
  // The first call reads at once; the others of its turn share the read that follows.
  expect(reads).toBeLessThan(60);
});

test('keys do not wait for each other, and the first call does not wait at all', async () => {
  const read = coalesce(async (key: string) => key, 10_000);
  const since = performance.now();
  expect(await Promise.all([read('a'), read('b')])).toEqual(['a', 'b']);
  expect(performance.now() - since).toBeLessThan(1_000);
});

test('an error goes to those that shared the read, and not to the next', async () => {
  let fails = true;
  const read = coalesce(async () => {
    if (fails) throw new Error('away');
    return 'back';
  }, 5);
  const both = await Promise.allSettled([read('a'), read('a'), read('a')]);
  expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  fails = false;
  expect(await read('a')).toBe('back');
});
