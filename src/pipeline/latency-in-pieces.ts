/**
 * Latency where a model is too large to be loaded as a whole: the models are measured one after the other, and a run of one
 * in pieces counts as the sum of its pieces, each measured while it is loaded.
 *
 * Invariant: one piece or one whole model is loaded. What disturbs the machine need not disturb both models, so the figures
 * say less than those of `benchmark`, and the report says how they were taken.
 */
import { median, quantile, ratioInterval } from '../core/metrics/quantiles.ts';
import { BitpressError } from '../errors.ts';
import type { Benchmark, BenchmarkOptions } from './benchmark.ts';
import type { Host, Session, TensorMap, TimeRuns } from './ports.ts';
import { CONTESTANTS } from './stage-results.ts';

/** Memory is laid out in the first run of a session. */
const WARMUP_RUNS = 2;
/** Fewer say nothing about a median. */
const MIN_RUNS = 5;
/** More bring nothing to a model that takes so long. */
const MAX_RUNS = 20;

const TITLES: Readonly<Record<string, string>> = {
  [CONTESTANTS.reference]: 'float model',
  [CONTESTANTS.artifact]: 'artifact',
};

export interface Timed {
  readonly id: string;
  readonly open: () => Promise<Session>;
}

export interface TimedInTurn {
  readonly result: Benchmark;
  /** For the user: how the figures were taken, and which are missing. */
  readonly notes: readonly string[];
}

/** @param models the first is the reference of every speed-up */
export async function latencyInPieces(
  models: readonly Timed[],
  feeds: TensorMap,
  host: Pick<Host, 'now'>,
  signal: AbortSignal,
  { maxMilliseconds }: Pick<BenchmarkOptions, 'maxMilliseconds'>,
): Promise<TimedInTurn> {
  const timeRuns = boundedRuns(host, signal, maxMilliseconds / models.length);
  const measured: { id: string; pieces: number; times: readonly number[] }[] = [];
  for (const { id, open } of models) {
    const session = await open();
    try {
      const { pieces } = session;
      const times = pieces ? await pieces.time(feeds, timeRuns) : await timeRuns(() => session.run(feeds), 1);
      measured.push({ id, pieces: pieces?.count ?? 1, times });
    } finally {
      await session.close();
    }
  }
  const runs = Math.min(...measured.map(({ times }) => times.length));
  const [reference] = measured.map(({ times }) => times);
  const latencies = measured.map(({ id, times }) => {
    const sorted = Float64Array.from(times).sort();
    const p50 = quantile(sorted, 0.5);
    return {
      id,
      p50,
      p90: quantile(sorted, 0.9),
      p99: quantile(sorted, 0.99),
      speedup: median(reference!) / p50,
      interval: ratioInterval(reference!, times),
    };
  });
  return { result: { rounds: 1, runs, latencies }, notes: notesOn(measured) };
}

function notesOn(models: readonly { readonly id: string; readonly pieces: number }[]): readonly string[] {
  const shown = models.map(
    ({ id, pieces }) => `${TITLES[id] ?? id} ${pieces === 1 ? 'whole' : `in ${pieces}`}`,
  );
  const large = models.flatMap(({ id, pieces }) => (pieces > 1 ? [TITLES[id] ?? id] : []));
  return [
    `Latency is the sum over the pieces that a model was loaded in (${shown.join(', ')}), each timed alone on the first sample, ` +
      'and one model after the other: what changed on the machine in between is in the speed-up, and not in its interval.',
    `Memory was not measured of the ${large.join(' and the ')}: it would have to be loaded as a whole.`,
  ];
}

function boundedRuns({ now }: Pick<Host, 'now'>, signal: AbortSignal, milliseconds: number): TimeRuns {
  return async (run, share) => {
    const times: number[] = [];
    const end = now() + milliseconds * share;
    for (let index = -WARMUP_RUNS; index < MAX_RUNS && (index < MIN_RUNS || now() < end); index++) {
      if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while measuring latency');
      const before = now();
      await run();
      if (index >= 0) times.push(now() - before);
      // Runs block the event loop; a timer or an abort can only come in between.
      await new Promise(resolve => setImmediate(resolve));
    }
    return times;
  };
}
