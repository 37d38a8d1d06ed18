/** What the queue stands on. Redis and the embedded database give the same three classes, and one suite tests both. */
import type { Job, Queue, QueueEvents, Worker } from 'bullmq';
import type { ArtifactRecord } from './execute-job.ts';
import type { JobPayload } from './payload.ts';

export const QUEUE_NAME = 'bitpress';

export interface JobResult {
  readonly verdict: 'pass' | 'fail';
  readonly headline: string;
  readonly artifacts: readonly ArtifactRecord[];
}

export type QueuedJob = Job<JobPayload, JobResult>;
export type Processor = (job: QueuedJob, token: string | undefined) => Promise<JobResult>;

export interface WorkerSettings {
  readonly concurrency: number;
  /** A worker that was killed is noticed after this long at most. */
  readonly lockMs: number;
}

export interface Backend {
  readonly name: 'redis' | 'embedded';
  /** Fails at once where the backend cannot be reached, for callers that answer a client. */
  queue(): Queue<JobPayload, JobResult>;
  events(): QueueEvents;
  worker(processor: Processor, settings: WorkerSettings): Worker<JobPayload, JobResult>;
  close(): Promise<void>;
}

/**
 * Options of every worker. A job whose worker was killed runs once more; a second death ends it (BullMQ: "stalled more
 * than allowable limit"), so a job that kills its worker is never a loop.
 */
export function workerOptions(settings: WorkerSettings) {
  return {
    concurrency: settings.concurrency,
    lockDuration: settings.lockMs,
    stalledInterval: settings.lockMs,
    maxStalledCount: 1,
  };
}
