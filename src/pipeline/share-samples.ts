/**
 * Runs calibration samples on several sessions at once: one in this thread, which goes up from the first sample, and one in
 * each of the other threads, which are handed samples from the last one downwards. They meet where they meet.
 *
 * Invariant: each sample counts once. What another thread has claimed and not delivered (it died, failed, or does not
 * answer) is run here, so that the result, and the first error, are those of one thread that runs all samples in order.
 */
import { BitpressError } from '../errors.ts';
import { claim, type Gathered } from './gather.ts';
import type { Ports, SampleSource, SampleThread, TensorMap } from './ports.ts';
import type { Showing } from './run-samples.ts';
import { SHOWING } from './show-values.ts';

export interface ShareRequest {
  readonly path: string;
  readonly showing: Showing;
  /** Threads that each session may use. */
  readonly threads: number;
  readonly others: readonly SampleThread[];
  readonly claims: Int32Array<SharedArrayBuffer>;
}

/** Samples that another thread holds: one that it runs, and some for as long as this thread is busy with one of its own. */
const AHEAD = 3;
/** How long to wait for what was claimed elsewhere, in times of the longest run here, and at the least. */
const PATIENCE = { times: 20, leastMs: 20_000 } as const;

/** Gives what was gathered elsewhere; every other sample is shown. */
export async function shareSamples(
  { path, showing, threads, others, claims }: ShareRequest,
  { runtime, signal, host }: Pick<Ports, 'runtime' | 'signal' | 'host'>,
): Promise<readonly Gathered[]> {
  const { samples, outputs, look } = showing;
  let last = samples.count - 1;
  const handOver = (): void => {
    for (const other of others)
      while (
        !other.failed &&
        other.given - other.done < AHEAD &&
        last >= 0 &&
        Atomics.load(claims, last) === 0
      ) {
        const feeds = feedsOf(samples, last);
        if (!feeds) return;
        other.give(last--, feeds);
      }
  };
  handOver();
  const session = await runtime.open(path, { ...SHOWING, threads });
  try {
    let [done, longest] = [0, 0];
    const run = async (sample: number): Promise<void> => {
      if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while calibrating');
      const start = host.now();
      const given = samples.feeds(sample);
      const results = await session.run(given, outputs);
      done++;
      const elsewhere = others.reduce((sum, other) => sum + other.done, 0);
      look({ sample, results, given, fraction: Math.min(1, (done + elsewhere) / samples.count) });
      session.discard?.(results);
      longest = Math.max(longest, host.now() - start);
      // Runs block the event loop; what other threads say can only come in between.
      await new Promise(resolve => setImmediate(resolve));
      handOver();
    };
    const left: number[] = [];
    for (let sample = 0; sample < samples.count; sample++)
      if (claim(claims, sample)) await run(sample);
      else left.push(sample);
    // Another thread may not even have begun.
    if (left.length === 0) return [];
    const limit = Math.max(PATIENCE.leastMs, PATIENCE.times * longest);
    const gathered = await Promise.all(others.map(other => other.end(limit)));
    if (gathered.every(each => each !== undefined)) return gathered;
    for (const sample of left) await run(sample);
    return [];
  } finally {
    await session.close();
  }
}

/** Undefined where the sample cannot be read: that is an error when its turn comes here. */
function feedsOf(samples: SampleSource, index: number): TensorMap | undefined {
  try {
    return samples.feeds(index);
  } catch {
    return undefined;
  }
}
