/**
 * Whether samples are shared with other threads, and with how many.
 *
 * Invariant: decided by the model, the number of samples, the host and the limit of the job alone, before anything runs:
 * how many threads a session has may decide the last bit of a sum.
 */
import type { TallyKinds } from '../core/calibration/observers.ts';
import type { GatherTask } from './gather.ts';
import type { Ports, SampleSource, SampleThread, SampleThreads } from './ports.ts';
import type { ShownValues } from './show-values.ts';

/** Samples for each thread, at least. */
const LEAST_SAMPLES = 4;
/** What a process takes before it opens a session to calibrate, and what a thread takes. */
const BASE_BYTES = 200 * 2 ** 20;
/** A session holds its weights as they are and packed for its kernels, and the values of a run and of the one before. */
const COPIES = { weights: 2.5, values: 3 } as const;
/** Of the limit, the rest being for what is not foreseen. */
const MOST_OF_LIMIT = 0.75;

export interface Shared {
  readonly claims: GatherTask['claims'];
  readonly others: readonly SampleThread[];
  /** Of each session. */
  readonly threads: number;
}

export interface SharingRequest {
  readonly shown: ShownValues;
  readonly kinds: TallyKinds | undefined;
  readonly samples: SampleSource;
}

/** Undefined where all samples run here. */
export function openThreads(
  { shown, kinds, samples }: SharingRequest,
  { sampleThreads, host }: Pick<Ports, 'sampleThreads' | 'host'>,
): Shared | undefined {
  if (!sampleThreads || !kinds || sampleThreads.most < 1 || shown.fetched.length === 0) return undefined;
  const { count } = samples;
  const sessions = sessionCount({ ...shown.bytes, count }, sampleThreads);
  if (sessions < 2) return undefined;
  const threads = Math.max(1, Math.floor(host.cores / sessions));
  const claims = new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT));
  const task: GatherTask = { shown, kinds, claims };
  const others = Array.from({ length: sessions - 1 }, () => sampleThreads.open(task, { threads })).filter(
    each => each !== undefined,
  );
  return others.length > 0 ? { claims, others, threads } : undefined;
}

/** Sessions among which samples are shared; below 2 where they are not. */
export function sessionCount(
  { weights, values, count }: { readonly weights: number; readonly values: number; readonly count: number },
  { most, memoryBytes, leastWork }: Pick<SampleThreads, 'most' | 'memoryBytes' | 'leastWork'>,
): number {
  if ((weights + values) * count < leastWork) return 1;
  const room = MOST_OF_LIMIT * memoryBytes - BASE_BYTES;
  return Math.min(
    1 + most,
    Math.floor(count / LEAST_SAMPLES),
    Math.floor(room / (COPIES.weights * weights + COPIES.values * values)),
  );
}
