/**
 * Takes jobs from the queue and supervises one sandbox for each.
 *
 * Invariant: this process never parses a model, so that it can always renew its locks, see a cancellation and kill.
 */
import { UnrecoverableError, WaitingError, type Worker } from 'bullmq';
import type { JobOutcome, Meters } from '../contracts/meters.ts';
import type { Store } from '../contracts/store.ts';
import { isBitpressError } from '../errors.ts';
import type { ChildEntry } from '../platform/child-entry.ts';
import type { Backend, JobResult, QueuedJob } from './backend.ts';
import { executeJob } from './execute-job.ts';
import { isWorthAnotherTry, levelOf, writeFailure } from './failure.ts';
import { within } from './opened.ts';
import type { JobPayload } from './payload.ts';
import { progressWriter } from './progress.ts';
import { stageTimes } from './stage-times.ts';
import type { SandboxLimits } from './supervisor.ts';

/** A cancelled job is killed this soon, from any server. */
const CANCEL_PERIOD_MS = 500;
/** A worker that was killed is noticed after this long, and its job runs elsewhere. */
const LOCK_MS = 15_000;
/** Of the lock's time, after which it is renewed: two renewals may fail. */
const RENEW_SHARE = 1 / 3;
/** For jobs that were stopped to return to the queue; where it is gone, their locks run out instead. */
const DRAIN_MS = 3_000;

export interface Log {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

export interface WorkerOptions {
  readonly backend: Backend;
  readonly store: Store;
  readonly entry: ChildEntry;
  readonly scratch: string;
  readonly limits: SandboxLimits;
  readonly concurrency: number;
  readonly log: Log;
  readonly meters: Meters;
  readonly lockMs?: number;
}

export interface RunningWorker {
  /** Takes no new work, gives running jobs `graceMs`, then returns them to the queue. */
  close(graceMs: number): Promise<void>;
}

export function startWorker(options: WorkerOptions): RunningWorker {
  const { backend, log, meters } = options;
  const queue = backend.queue();
  const drain = new AbortController();
  const lockMs = options.lockMs ?? LOCK_MS;
  let running = 0;

  const process_ = async (job: QueuedJob, token: string | undefined): Promise<JobResult> => {
    running++;
    const abort = new AbortController();
    const stop = (): void => abort.abort();
    if (job.data.cancelRequested) stop();
    drain.signal.addEventListener('abort', stop, { once: true });
    const watch = setInterval(async () => {
      const now = await queue.getJob(job.id!).catch(() => undefined);
      if (now?.data.cancelRequested) stop();
    }, CANCEL_PERIOD_MS);
    // Each run renews for itself: BullMQ keeps one timer a job, and a worker that is given back a job whose lock it had
    // lost (a queue that was away) would have the old run's end stop the renewal of the new one.
    let lost = false;
    const renew = setInterval(async () => {
      const answer = await job.extendLock(token ?? '', lockMs).catch(() => undefined);
      if (answer !== 0) return;
      lost = true;
      stop();
    }, lockMs * RENEW_SHARE);
    const about = { job: job.id, method: job.data.spec.method.type };
    log.info(about, 'job started');
    // The stage of a run that was cut off is not this one's.
    if (job.progress) job.updateProgress(0).catch(() => {});
    const began = Date.now();
    const times = stageTimes();
    const writer = progressWriter(progress => job.updateProgress({ ...progress }));
    const tell = (outcome: JobOutcome): void =>
      meters.job(about.method, outcome, {
        waitedSeconds: Math.max(0, began - job.timestamp) / 1000,
        ranSeconds: (Date.now() - began) / 1000,
        stageSeconds: times.seconds(),
      });
    try {
      const known = await knownResult(options.store, job.id!);
      if (known) return known;
      const result = await executeJob(job.data, {
        ...options,
        signal: abort.signal,
        onDeath: reason => meters.sandboxDied('job', reason),
        onProgress: progress => {
          times.report(progress);
          writer.report(progress);
        },
        onTrace: trace => log.warn({ ...about, trace }, 'sandbox wrote'),
      });
      await options.store.putDocument('results', job.id!, { model: job.data.model, ...result });
      tell('succeeded');
      log.info({ ...about, verdict: result.verdict }, 'job succeeded');
      return result;
    } catch (error) {
      if (lost) throw new Error('the job is run by another worker now', { cause: error });
      const cancelled = isBitpressError(error) && error.code === 'cancelled';
      if (drain.signal.aborted && cancelled) {
        tell('returned');
        await job.moveToWait(token);
        throw new WaitingError();
      }
      tell(cancelled ? 'cancelled' : 'failed');
      log[levelOf(error)]({ ...about, error: writeFailure(error), cause: String(error) }, 'job failed');
      throw isWorthAnotherTry(error)
        ? new Error(writeFailure(error))
        : new UnrecoverableError(writeFailure(error));
    } finally {
      running--;
      writer.stop();
      clearInterval(watch);
      clearInterval(renew);
      drain.signal.removeEventListener('abort', stop);
    }
  };

  const worker: Worker<JobPayload, JobResult> = backend.worker(process_, {
    concurrency: options.concurrency,
    lockMs,
    renewsItself: true,
  });
  return {
    async close(graceMs) {
      const timer = setTimeout(() => drain.abort(), graceMs);
      // An idle worker has nothing to wait for but the queue, which may be gone.
      await within((running > 0 ? graceMs : 0) + DRAIN_MS, worker.close());
      clearTimeout(timer);
    },
  };
}

/** What an earlier run stored before its worker or the queue went away: the same id is the same work. */
async function knownResult(store: Store, id: string): Promise<JobResult | undefined> {
  const known = (await store.getDocument('results', id)) as JobResult | undefined;
  if (!known) return undefined;
  const blobs = await Promise.all(known.artifacts.map(({ sha256 }) => store.stat(sha256)));
  if (blobs.includes(undefined)) return undefined;
  const { verdict, headline, artifacts } = known;
  return { verdict, headline, artifacts };
}
