/** A job that ends between the two reads of a queue is shown whole. */
import type { Job } from 'bullmq';
import { expect, test } from 'vitest';
import { snapshot } from '../../src/jobs/snapshot.ts';

type Read = { finishedOn?: number; returnvalue?: string };

/** A queue that answers these reads one after the other, with the state after the first. */
function queueOf(state: string, ...reads: (Read | undefined)[]) {
  const jobs = reads.map(
    read => read && ({ ...read, getState: async () => state } as unknown as Job<object, string>),
  );
  return { left: jobs, getJob: async () => jobs.shift() };
}

test('data of before the end are read again', async () => {
  const queue = queueOf('completed', {}, { finishedOn: 2, returnvalue: 'result' });
  expect(await snapshot(queue, 'id')).toMatchObject({ state: 'completed', job: { returnvalue: 'result' } });
});

test.each([
  ['active', {}],
  ['completed', { finishedOn: 1 }],
  ['failed', { finishedOn: 1 }],
])('%s is read once', async (state, read) => {
  const queue = queueOf(state, read, {});
  expect(await snapshot(queue, 'id')).toMatchObject({ state });
  expect(queue.left).toHaveLength(1);
});

test('a job that is not there, or no longer', async () => {
  expect(await snapshot(queueOf('unknown', undefined), 'id')).toBeUndefined();
  expect(await snapshot(queueOf('completed', {}, undefined), 'id')).toBeUndefined();
});
