/**
 * A job from its submission to its end, by long polls.
 *
 * Invariant: when the caller gives up, the job is cancelled on the server too; a server that is away for a moment is
 * waited for, as the job is in its queue.
 */
import { setTimeout } from 'node:timers/promises';
import { CATALOGUE, isBitpressError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { components } from './schema.generated.ts';

type Job = components['schemas']['Job'];

/** Seconds a poll waits on the server; an update comes at least this often. */
const POLL_SECONDS = 2;
const MAX_MISSES = 15;
const RETRY_MS = 1000;

export interface FollowOptions {
  /** The job as it is now, whenever the server told. */
  readonly onUpdate?: (job: Job) => void;
  readonly signal?: AbortSignal;
}

export function isOver({ state }: Job): boolean {
  return state !== 'queued' && state !== 'running';
}

/** @throws BitpressError cancelled, server_unreachable, not_found */
export async function follow(
  connection: Connection,
  id: string,
  { onUpdate, signal }: FollowOptions = {},
): Promise<Job> {
  for (let misses = 0; ; ) {
    try {
      const response = await connection.get(`/v1/jobs/${id}?wait=${POLL_SECONDS}`, signal);
      const job = (await response.json()) as Job;
      misses = 0;
      if (isOver(job)) return job;
      onUpdate?.(job);
    } catch (error) {
      if (signal?.aborted) await cancel(connection, id).catch(() => {});
      const retryable = isBitpressError(error) && CATALOGUE[error.code].retryable;
      if (signal?.aborted || !retryable || ++misses > MAX_MISSES) throw error;
      await setTimeout(RETRY_MS);
    }
  }
}

export async function cancel(connection: Connection, id: string): Promise<Job> {
  const response = await connection.send(
    new Request(`${connection.base}/v1/jobs/${id}/cancel`, { method: 'POST' }),
  );
  return (await response.json()) as Job;
}
