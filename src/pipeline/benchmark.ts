/**
 * Measures how long the models take, side by side, in rounds: each round gives every model a short block of runs, in an
 * order that turns from round to round, so that what disturbs the machine disturbs all of them.
 *
 * Blocks and not single runs, because the threads of the session that ran before go on spinning for a moment and take
 * the cores: a block begins with runs that are not counted, until that is over.
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
  /** A block ends after this time, and has at least one run. */
  readonly blockMilliseconds: number;
  /** Runs at the beginning of a block that are not counted, unless a single run takes longer. */
  readonly settleMilliseconds: number;
}

export const BENCHMARK_DEFAULTS: BenchmarkOptions = {
  maxRounds: 60,
  maxMilliseconds: 8_000,
  blockMilliseconds: 20,
  settleMilliseconds: 3,
};
/** Fewer say nothing about a median. */
const MIN_ROUNDS = 5;
/** Runs of each model before the first round: memory is laid out in the first, caches are warm after a few. */
const WARMUP_RUNS = 8;
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
  /** Timed runs of each model, the fewest of any. */
  readonly runs: number;
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
  const typical = await warmUp(contestants, samples, now, options.maxMilliseconds * WARMUP_SHARE);
  const times = contestants.map((): number[] => []);
  const blocks = contestants.map((): number[] => []);
  let rounds = 0;
  while (rounds < MIN_ROUNDS || (rounds < options.maxRounds && now() - start < options.maxMilliseconds)) {
    for (let turn = 0; turn < contestants.length; turn++) {
      if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while measuring latency');
      const which = (rounds + turn) % contestants.length;
      const settle = typical[which]! < options.settleMilliseconds ? options.settleMilliseconds : 0;
      const block = await runBlock(contestants[which]!, samples, now, settle, options.blockMilliseconds);
      times[which]!.push(...block);
      blocks[which]!.push(median(block));
      // Sessions block the event loop; an abort can only arrive in between.
      await new Promise(resolve => setImmediate(resolve));
    }
    rounds++;
  }
  const reference = median(times[0]!);
  return {
    rounds,
    runs: Math.min(...times.map(each => each.length)),
    latencies: contestants.map(({ id }, index) => {
      const sorted = Float64Array.from(times[index]!).sort();
      const p50 = quantile(sorted, 0.5);
      return {
        id,
        p50,
        p90: quantile(sorted, 0.9),
        p99: quantile(sorted, 0.99),
        speedup: reference / p50,
        interval: ratioInterval(blocks[0]!, blocks[index]!),
      };
    }),
  };
}

/** Gives what a run of each takes, the quickest seen. */
async function warmUp(
  contestants: readonly Contestant[],
  samples: number,
  now: () => number,
  limit: number,
): Promise<readonly number[]> {
  const quickest: number[] = [];
  for (const contestant of contestants) {
    const start = now();
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < WARMUP_RUNS && (run === 0 || now() - start < limit / contestants.length); run++) {
      const before = now();
      await contestant.run(run % samples);
      best = Math.min(best, now() - before);
    }
    quickest.push(best);
  }
  return quickest;
}

async function runBlock(
  contestant: Contestant,
  samples: number,
  now: () => number,
  settle: number,
  length: number,
): Promise<readonly number[]> {
  const start = now();
  let index = 0;
  while (now() - start < settle) await contestant.run(index++ % samples);
  const times: number[] = [];
  const counted = now();
  do {
    const before = now();
    await contestant.run(index++ % samples);
    times.push(now() - before);
  } while (now() - counted < length);
  return times;
}
