/**
 * The jobs as the API uses them. The queue's job is the truth; this object holds nothing that a second server would miss.
 *
 * Invariant: a backend that cannot be reached is queue_unavailable within seconds, never a request that hangs.
 */
import type { Queue } from 'bullmq';
import type { JobView } from '../contracts/job.ts';
import { BitpressError, isBitpressError } from '../errors.ts';
import type { Backend, JobResult, QueuedJob } from './backend.ts';
import { coalesce } from './coalesce.ts';
import { isOver, jobState, jobView } from './job-view.ts';
import { type Lookouts, lookouts } from './lookouts.ts';
import type { Owner } from './ownership.ts';
import { datasetsOf, type JobPayload, jobId } from './payload.ts';
import { snapshot } from './snapshot.ts';
import { whileUnchanged } from './while-unchanged.ts';

/** A backend that does not answer for this long is down. */
const ANSWER_MS = 5_000;
/** However many clients poll a job, it is read this often at most; what a poll waits for it is half of that on average. */
const READ_PAUSE_MS = 10;
/** A waiting client looks again at least this often, whatever events were missed. */
const RECHECK_MS = 1_000;
/** Infrastructure errors (a full disk) are tried again, with this pause to start from. */
const ATTEMPTS = 3;
const BACKOFF_MS = 5_000;
/** The rest waits for the next sweep. */
const SWEPT_AT_ONCE = 1_000;

export interface QueueOptions {
  readonly maxQueued: number;
  /** Jobs of one owner that wait or run. */
  readonly maxPerOwner?: number;
  readonly retentionSeconds: number;
}

export interface Submitted {
  readonly view: JobView;
  /** False where the same work was already known and needs no run. */
  readonly created: boolean;
}

export interface Jobs {
  /** @throws BitpressError queue_full, quota_exceeded, queue_unavailable */
  submit(payload: JobPayload): Promise<Submitted>;
  get(id: string): Promise<JobView | undefined>;
  /** The job once it is over, or as it is after `milliseconds`. */
  wait(id: string, milliseconds: number, signal: AbortSignal): Promise<JobView | undefined>;
  /** @throws BitpressError not_found, conflict for a job that is over */
  cancel(id: string): Promise<JobView>;
  /** @throws BitpressError not_found, conflict for a job that did not fail */
  retry(id: string): Promise<JobView>;
  /** A job that waits or runs and reads this model or dataset. */
  reader(id: string): Promise<string | undefined>;
  counts(): Promise<Readonly<Record<string, number>>>;
  ping(): Promise<void>;
}

/** The jobs of everybody, for the service itself. */
export interface AllJobs extends Jobs {
  /**
   * Forgets jobs that have been over for longer than their retention. The queue does so itself, but only when another job
   * ends, and then the last jobs of a service that is not used any more would outlive their files.
   */
  sweep(): Promise<number>;
  /** Those of one owner: what belongs to another is not there. */
  of(owner: Owner): Jobs;
}

const ANYONE = Symbol('anyone');

export function jobs(backend: Backend, options: QueueOptions): AllJobs {
  const queue = backend.queue();
  const shared = <R>(read: (key: string) => Promise<R>): ((key: string) => Promise<R>) =>
    backend.revision ? whileUnchanged(read, backend.revision) : coalesce(read, READ_PAUSE_MS);
  const reads: Reads = {
    find: shared(id => answered(() => found(queue, id))),
    waiting: shared(async () => {
      const ids = await answered(() => queue.getRanges(['waiting'], 0, options.maxQueued, true));
      return new Map(ids.map((id, index) => [id, index + 1]));
    }),
    look: lookouts(backend.events()),
  };
  const views = new Map<Owner | typeof ANYONE, Jobs>();
  const of = (owner: Owner | typeof ANYONE): Jobs => {
    const known = views.get(owner) ?? jobsOf(owner, queue, reads, options);
    views.set(owner, known);
    return known;
  };
  const sweep = async (): Promise<number> => {
    const ageMs = options.retentionSeconds * 1000;
    const swept = [
      await queue.clean(ageMs, SWEPT_AT_ONCE, 'completed'),
      await queue.clean(ageMs, SWEPT_AT_ONCE, 'failed'),
    ];
    return swept.flat().length;
  };
  return { ...of(ANYONE), of, sweep };
}

interface Found {
  readonly job: QueuedJob;
  readonly view: JobView;
}

/** What all clients share: as it is now, never as it was before. */
interface Reads {
  find(id: string): Promise<Found | undefined>;
  /** Position, from 1, by id. */
  waiting(key: 'all'): Promise<ReadonlyMap<string, number>>;
  readonly look: Lookouts;
}

async function found(queue: Queue<JobPayload, JobResult>, id: string): Promise<Found | undefined> {
  const known = await snapshot(queue, id);
  const state = known && jobState(known.job, known.state);
  return state && { job: known.job, view: jobView(known.job, state) };
}

function jobsOf(
  owner: Owner | typeof ANYONE,
  queue: Queue<JobPayload, JobResult>,
  reads: Reads,
  options: QueueOptions,
): Jobs {
  const own = (known: Found | undefined): Found | undefined =>
    owner === ANYONE || known?.job.data.owner === owner ? known : undefined;
  /** Of this moment, for what changes a job. */
  const find = async (id: string): Promise<Found | undefined> => own(await found(queue, id));
  const need = async (id: string): Promise<Found> => {
    const known = await find(id);
    if (!known) throw new BitpressError('not_found', `there is no job ${id}`);
    return known;
  };
  const withPosition = async (id: string): Promise<JobView | undefined> => {
    const view = own(await reads.find(id))?.view;
    if (view?.state !== 'queued') return view;
    const position = (await reads.waiting('all')).get(id);
    return position === undefined ? view : { ...view, position };
  };
  const again = async ({ job, view }: Found): Promise<void> => {
    await job.updateData({ ...job.data, cancelRequested: false });
    // A cancelled job that was still waiting only loses its mark.
    if (view.finishedAt !== undefined)
      await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true });
  };

  const openJobs = async (of: Owner | typeof ANYONE): Promise<readonly QueuedJob[]> => {
    const open = await queue.getJobs(['waiting', 'active', 'delayed']);
    return open.filter(job => job && (of === ANYONE || job.data.owner === of));
  };

  const withinQuota = async (of: Owner): Promise<void> => {
    const { maxPerOwner = Number.POSITIVE_INFINITY } = options;
    if (of === undefined || maxPerOwner === Number.POSITIVE_INFINITY) return;
    const count = (await openJobs(of)).length;
    if (count >= maxPerOwner)
      throw new BitpressError('quota_exceeded', `this key has ${count} jobs that wait or run`, {
        limit: 'BITPRESS_JOBS_PER_KEY',
      });
  };

  return {
    submit: payload =>
      answered(async () => {
        const id = jobId(payload.model, payload.spec, payload.owner);
        const known = await find(id);
        if (known && !mayRunAgain(known.view)) return { view: known.view, created: false };
        if (known) await again(known);
        else {
          if ((await queue.getWaitingCount()) >= options.maxQueued)
            throw new BitpressError('queue_full', `${options.maxQueued} jobs are waiting`, {
              limit: 'BITPRESS_MAX_QUEUED',
            });
          await withinQuota(payload.owner);
          await queue.add('job', payload, {
            jobId: id,
            attempts: ATTEMPTS,
            backoff: { type: 'exponential', delay: BACKOFF_MS },
            removeOnComplete: { age: options.retentionSeconds },
            removeOnFail: { age: options.retentionSeconds },
          });
        }
        return { view: (await need(id)).view, created: true };
      }),

    get: withPosition,

    async wait(id, milliseconds, signal) {
      const deadline = performance.now() + milliseconds;
      for (;;) {
        const view = await withPosition(id);
        const left = deadline - performance.now();
        if (!view || isOver(view) || left <= 0 || signal.aborted) return view;
        await reads.look.next(id, Math.min(left, RECHECK_MS), signal);
      }
    },

    cancel: id =>
      answered(async () => {
        const { job, view } = await need(id);
        if (isOver(view)) throw new BitpressError('conflict', `the job is already ${view.state}`);
        await job.updateData({ ...job.data, cancelRequested: true });
        return (await need(id)).view;
      }),

    retry: id =>
      answered(async () => {
        const known = await need(id);
        if (known.view.state !== 'failed' && known.view.state !== 'cancelled')
          throw new BitpressError('conflict', `the job is ${known.view.state}`);
        await again(known);
        return (await need(id)).view;
      }),

    reader: id =>
      answered(async () => {
        const reads = ({ data }: QueuedJob) => data.model === id || datasetsOf(data.spec).includes(id);
        return (await openJobs(owner)).find(job => reads(job) && !job.data.cancelRequested)?.id;
      }),

    counts: () => answered(() => queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed')),

    ping: async () => {
      await answered(() => queue.getWaitingCount());
    },
  };
}

/** The same work is not run again, but for a job that was cancelled or met a failure that may have passed. */
function mayRunAgain(view: JobView): boolean {
  const passing = ['internal', 'storage_full', 'gone'];
  return view.state === 'cancelled' || (view.state === 'failed' && passing.includes(view.error?.code ?? ''));
}

export async function answered<R>(work: () => Promise<R>): Promise<R> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('no answer from the queue')), ANSWER_MS);
  });
  try {
    return await Promise.race([work(), late]);
  } catch (error) {
    if (isBitpressError(error)) throw error;
    throw new BitpressError('queue_unavailable', 'the queue does not answer', { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
