/** A job in the queue -> the job as the API shows it. Pure. */
import type { JobState, JobView } from '../contracts/job.ts';
import type { Problem } from '../contracts/problem.ts';
import type { Progress } from '../pipeline/ports.ts';
import type { QueuedJob } from './backend.ts';
import { readFailure } from './failure.ts';

/** @returns undefined for a job that is not in the queue (any more) */
export function jobState(job: QueuedJob, queueState: string): JobState | undefined {
  if (queueState === 'completed') return 'succeeded';
  if (queueState === 'failed')
    return readFailure(job.failedReason ?? '').code === 'cancelled' ? 'cancelled' : 'failed';
  if (queueState === 'active') return 'running';
  if (queueState === 'unknown') return undefined;
  // A cancelled job that waits is dropped by the worker that takes it; for the client it is over now.
  return job.data.cancelRequested ? 'cancelled' : 'queued';
}

export function jobView(job: QueuedJob, state: JobState, position?: number): JobView {
  const self = `/v1/jobs/${job.id}`;
  const ended = state === 'succeeded' || state === 'failed' || state === 'cancelled';
  const progress = state === 'running' && isProgress(job.progress) ? job.progress : undefined;
  const result = state === 'succeeded' ? job.returnvalue : undefined;
  const started = state === 'queued' ? undefined : job.processedOn;
  return {
    id: job.id!,
    state,
    ...(progress && { stage: progress.stage, progress: progress.fraction }),
    ...(position !== undefined && state === 'queued' && { position }),
    ...(result && { verdict: result.verdict, headline: result.headline }),
    ...((state === 'failed' || state === 'cancelled') &&
      job.failedReason && { error: problem(job.failedReason) }),
    model: job.data.model,
    spec: job.data.spec,
    queuedAt: time(job.timestamp),
    ...(started !== undefined && { startedAt: time(started) }),
    ...(ended && job.finishedOn !== undefined && { finishedAt: time(job.finishedOn) }),
    ...(result && {
      artifacts: result.artifacts.map(artifact => ({
        ...artifact,
        url: `${self}/artifacts/${encodeURIComponent(artifact.name)}`,
      })),
    }),
    links: { self, report: `${self}/report`, artifacts: `${self}/artifacts`, cancel: `${self}/cancel` },
  };
}

export function isOver(view: JobView): boolean {
  return view.state !== 'queued' && view.state !== 'running';
}

function problem(reason: string): Problem {
  const body = readFailure(reason);
  return { type: `/docs#${body.code}`, ...body };
}

function isProgress(value: unknown): value is Progress {
  return typeof value === 'object' && value !== null && 'stage' in value;
}

function time(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
