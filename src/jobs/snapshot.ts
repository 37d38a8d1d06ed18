/**
 * A job of a queue with its state, both of one moment.
 *
 * A queue gives data and state in two reads. Where the job ended in between, the data are of before: without result,
 * reason or the last attempt. Then they are read again; a job that is over does not change any more.
 */
import type { Job, JobState, Queue } from 'bullmq';

export interface Snapshot<D, R> {
  readonly job: Job<D, R>;
  readonly state: JobState | 'unknown';
}

/** @returns undefined for a job that is not in the queue (any more) */
export async function snapshot<D, R>(
  queue: Pick<Queue<D, R>, 'getJob'>,
  id: string,
): Promise<Snapshot<D, R> | undefined> {
  const job = (await queue.getJob(id)) as Job<D, R> | undefined;
  if (!job) return undefined;
  // The queue writes and removes result, end and state in one step: a job that was completed needs no second read.
  if (job.finishedOn !== undefined && job.returnvalue) return { job, state: 'completed' };
  const state = await job.getState();
  if ((state !== 'completed' && state !== 'failed') || job.finishedOn !== undefined) return { job, state };
  const ended = (await queue.getJob(id)) as Job<D, R> | undefined;
  return ended && { job: ended, state };
}
