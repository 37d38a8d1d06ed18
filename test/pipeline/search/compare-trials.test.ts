import { describe, expect, test } from 'vitest';
import { isOnFront, isPreferred } from '../../../src/pipeline/search/compare-trials.ts';
import type { TrialFigures } from '../../../src/pipeline/search/trial.ts';

const of = (bytes: number, speedup: number, minSqnrDb: number, missed: string[] = []): TrialFigures => ({
  ...{ bytes, speedup, minSqnrDb, missed },
  sizeRatio: bytes / 1000,
  released: 0,
});

describe('preference', () => {
  const fast = of(300, 2, 30);
  const small = of(200, 1.2, 28);
  const close = of(500, 0.9, 60);
  test.each([
    ['latency', fast],
    ['size', small],
    ['accuracy', close],
  ] as const)('%s', (prefer, best) => {
    for (const other of [fast, small, close].filter(each => each !== best)) {
      expect(isPreferred(best, other, prefer)).toBe(true);
      expect(isPreferred(other, best, prefer)).toBe(false);
    }
  });

  test('a difference within the noise is decided by the next objective', () => {
    expect(isPreferred(of(200, 1.99, 30), of(300, 2, 30), 'latency')).toBe(true);
    expect(isPreferred(of(200.5, 2, 30), of(200, 1, 30), 'size')).toBe(true);
    expect(isPreferred(fast, fast, 'latency')).toBe(false);
  });

  test('gates come first; where all miss one, the smaller error', () => {
    const missed = of(100, 3, 10, ['minSqnrDb']);
    expect(isPreferred(close, missed, 'latency')).toBe(true);
    expect(isPreferred(missed, close, 'size')).toBe(false);
    expect(isPreferred(of(400, 1, 15, ['minSqnrDb']), missed, 'latency')).toBe(true);
  });

  test('labels tell more than decibels', () => {
    const right = { ...of(300, 1, 20), drop: 0.001 };
    const wrong = { ...of(300, 1, 40), drop: 0.02 };
    expect(isPreferred(right, wrong, 'accuracy')).toBe(true);
  });
});

test('what differs by noise alone does not push another off the front', () => {
  const all = [of(684, 1, 30), of(680, 1.01, 30)];
  expect(all.map(each => isOnFront(each, all))).toEqual([true, true]);
});

test('the Pareto front: what no other beats in everything', () => {
  const all = [of(300, 2, 30), of(200, 1.2, 28), of(500, 0.9, 60), of(310, 1.9, 29), of(300, 2, 30)];
  expect(all.map(each => isOnFront(each, all))).toEqual([true, true, true, false, true]);
});
