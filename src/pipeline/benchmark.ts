/**
 * Measures how long the models take, side by side: each round runs every model once on the same sample, in an order
 * that turns from round to round, so that what disturbs the machine disturbs all of them.
 *
 * Invariant: bounded by rounds and by time, whichever is reached first; at least MIN_ROUNDS rounds are measured.
 */
import { type Interval, median, quantile, ratioInterval } from '../core/metrics/quantiles.ts';
import { BitpressError } from '../errors.ts';

/** Something that can be timed: a session of onnxruntime, or the engine a model came from. */
export interface Contestant {
  readonly id: string;
  /** Runs once on sample `index`. */
  run(index: number): Promise<unknown>;
}

export interface BenchmarkOptions {
  readonly maxRounds: number;
  readonly maxMilliseconds: number;
  readonly warmupRounds: number;
}

export const BENCHMARK_DEFAULTS: BenchmarkOptions = {
  maxRounds: 300,
  maxMilliseconds: 8_000,
  warmupRounds: 8,
};
/** Fewer say nothing about a median. */
const MIN_ROUNDS = 5;
/** Warming up may take this share of the time at most. */
const WARMUP_SHARE = 0.25;

export interface Latency {
  readonly id: string;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  /** median(first) / median(this): above 1 this one is faster than the first. */
  readonly speedup: number;
  /** 95 % interval of the speed-up. */
  readonly interval: Interval;
}

export interface Benchmark {
  readonly rounds: number;
  readonly warmupRounds: number;
  /** In the order of the contestants; milliseconds. */
  readonly latencies: readonly Latency[];
}

/**
 * @param contestants the first is the reference of every speed-up
 * @param samples how many samples there are to go through in turn
 * @param now monotonic milliseconds
 */
export async function benchmark(
  contestants: readonly Contestant[],
  samples: number,
  now: () => number,
  signal: AbortSignal,
  options: BenchmarkOptions = BENCHMARK_DEFAULTS,
): Promise<Benchmark> {
  const start = now();
  let warmupRounds = 0;
  do {
    for (const contestant of contestants) await contestant.run(warmupRounds % samples);
    warmupRounds++;
  } while (warmupRounds < options.warmupRounds && now() - start < options.maxMilliseconds * WARMUP_SHARE);

  const times = contestants.map((): number[] => []);
  let rounds = 0;
  while (rounds < MIN_ROUNDS || (rounds < options.maxRounds && now() - start < options.maxMilliseconds)) {
    if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while measuring latency');
    for (let turn = 0; turn < contestants.length; turn++) {
      const which = (rounds + turn) % contestants.length;
      const before = now();
      await contestants[which]!.run(rounds % samples);
      times[which]!.push(now() - before);
    }
    rounds++;
    // Sessions block the event loop; an abort can only arrive in between.
    await new Promise(resolve => setImmediate(resolve));
  }
  const reference = median(times[0]!);
  return {
    rounds,
    warmupRounds,
    latencies: contestants.map(({ id }, index) => {
      const sorted = Float64Array.from(times[index]!).sort();
      const p50 = quantile(sorted, 0.5);
      return {
        id,
        p50,
        p90: quantile(sorted, 0.9),
        p99: quantile(sorted, 0.99),
        speedup: reference / p50,
        interval: ratioInterval(times[0]!, times[index]!),
      };
    }),
  };
}
