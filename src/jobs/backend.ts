/** What the queue stands on. Redis and the embedded database give the same three classes, and one suite tests both. */
import type { Job, Queue, QueueEvents, Worker } from 'bullmq';
import type { ArtifactRecord } from './execute-job.ts';
import type { Ledger } from './ledger.ts';
import type { JobPayload } from './payload.ts';

export const QUEUE_NAME = 'bitpress';

export interface JobResult {
  readonly verdict: 'pass' | 'fail';
  readonly headline: string;
  readonly artifacts: readonly ArtifactRecord[];
}

export type QueuedJob = Job<JobPayload, JobResult>;
export type Processor<P = JobPayload, R = JobResult> = (
  job: Job<P, R>,
  token: string | undefined,
) => Promise<R>;

/** A job whose worker was killed runs once more; a second death ends it, so a job that kills its worker is never a loop. */
export const MAX_DEATHS = 1;
/** Of the time of a lock: how often is looked for locks that ran out. */
const LOOK_SHARE = 1 / 3;

export interface WorkerSettings {
  readonly concurrency: number;
  /** A worker that was killed is noticed after this long, and a third of it for the next look. */
  readonly lockMs: number;
  /** The processor extends its job's lock itself. */
  readonly renewsItself?: boolean;
}

export interface Backend {
  readonly name: 'redis' | 'embedded';
  /** Fails at once where the backend cannot be reached, for callers that answer a client. */
  queue<P = JobPayload, R = JobResult>(name?: string): Queue<P, R>;
  events(): QueueEvents;
  worker<P = JobPayload, R = JobResult>(
    processor: Processor<P, R>,
    settings: WorkerSettings,
    name?: string,
  ): Worker<P, R>;
  ledger(): Ledger;
  /**
   * Another number whenever what is known of the job, or its place in the queue, may have changed. Undefined where other
   * processes change the queue too.
   */
  readonly revision?: (job: string) => number;
  close(): Promise<void>;
}

/** Options of every worker. BullMQ calls a job whose lock ran out stalled. */
export function workerOptions(settings: WorkerSettings) {
  return {
    concurrency: settings.concurrency,
    lockDuration: settings.lockMs,
    stalledInterval: Math.ceil(settings.lockMs * LOOK_SHARE),
    maxStalledCount: MAX_DEATHS,
    skipLockRenewal: settings.renewsItself ?? false,
  };
}
