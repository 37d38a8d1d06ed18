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

  it('takes turns in turning order, each turn a block that begins with runs that do not count', async () => {
    const { contestants, order, now } = race({ a: 1, b: 2 });
    const options = { maxRounds: 5, maxMilliseconds: 1000, blockMilliseconds: 4, settleMilliseconds: 3 };
    const result = await benchmark(contestants, 8, now, never, options);
    const afterWarmup = order.slice(16).map(each => each[0]);
    // 3 ms of settling and 4 ms of block: 3 + 4 runs of a, 2 + 2 runs of b.
    expect(afterWarmup.slice(0, 22).join('')).toBe('aaaaaaabbbb' + 'bbbbaaaaaaa');
    expect(result).toMatchObject({ rounds: 5, runs: 10 });
  });

  it('does not settle where a single run takes longer, nor go round again for a long one', async () => {
    const { contestants, order, now } = race({ a: 50 });
    const options = { maxRounds: 5, maxMilliseconds: 100_000, blockMilliseconds: 20, settleMilliseconds: 3 };
    expect(await benchmark(contestants, 1, now, never, options)).toMatchObject({ rounds: 5, runs: 5 });
    expect(order.length).toBe(8 + 5);
  });

  it('stops at its time, but not before it has seen enough', async () => {
    const slow = race({ a: 900, b: 900 });
    const options = { maxRounds: 50, maxMilliseconds: 1000, blockMilliseconds: 20, settleMilliseconds: 3 };
    expect(await benchmark(slow.contestants, 1, slow.now, never, options)).toMatchObject({
      rounds: 5,
      runs: 5,
    });
    // One run each to warm up, then five rounds.
    expect(slow.order.length).toBe(2 + 10);
  });

  it('can be cancelled', async () => {
    const { contestants, now } = race({ a: 1 });
    await expect(benchmark(contestants, 1, now, AbortSignal.abort())).rejects.toMatchObject({
      code: 'cancelled',
    });
  });
});
