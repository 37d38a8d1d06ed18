import { describe, expect, it } from 'vitest';
import { benchmark, type Contestant } from '../../src/pipeline/benchmark.ts';

/** A clock that only the contestants move. */
function race(durations: Record<string, number>) {
  let clock = 0;
  const order: string[] = [];
  const contestants: Contestant[] = Object.entries(durations).map(([id, duration]) => ({
    id,
    async run(index) {
      order.push(`${id}${index}`);
      clock += duration;
    },
  }));
  return { contestants, order, now: () => clock };
}
const never = new AbortController().signal;

describe('benchmark', () => {
  it('gives percentiles and speed-ups against the first', async () => {
    const { contestants, now } = race({ fp32: 4, int8: 2, keras: 8 });
    const result = await benchmark(contestants, 3, now, never);
    expect(result.latencies).toMatchObject([
      { id: 'fp32', p50: 4, p90: 4, p99: 4, speedup: 1 },
      { id: 'int8', p50: 2, speedup: 2, interval: { low: 2, high: 2 } },
      { id: 'keras', p50: 8, speedup: 0.5 },
    ]);
  });

  it('interleaves in turning order over the samples', async () => {
    const { contestants, order, now } = race({ a: 1, b: 1 });
    const options = { maxRounds: 5, maxMilliseconds: 1000, warmupRounds: 1 };
    await benchmark(contestants, 2, now, never, options);
    expect(order).toEqual(['a0', 'b0', 'a0', 'b0', 'b1', 'a1', 'a0', 'b0', 'b1', 'a1', 'a0', 'b0']);
  });

  it('stops at its rounds, or at its time but not before it has seen enough', async () => {
    const quick = race({ a: 1, b: 1 });
    const options = { maxRounds: 50, maxMilliseconds: 1000, warmupRounds: 8 };
    expect(await benchmark(quick.contestants, 1, quick.now, never, options)).toMatchObject({
      rounds: 50,
      warmupRounds: 8,
    });
    const slow = race({ a: 900, b: 900 });
    expect(await benchmark(slow.contestants, 1, slow.now, never, options)).toMatchObject({
      rounds: 5,
      warmupRounds: 1,
    });
  });

  it('can be cancelled', async () => {
    const { contestants, now } = race({ a: 1 });
    await expect(benchmark(contestants, 1, now, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
