import { describe, expect, it } from 'vitest';
import { evaluateGates, verdictOf } from '../../src/pipeline/gates.ts';

const figures = { accuracyDrop: 0.012, isAccuracy: true, minSqnrDb: 31.4, sizeRatio: 0.29, speedup: 1.2 };

describe('evaluateGates', () => {
  it('passes what holds, at the limit too', () => {
    const gates = { maxAccuracyDrop: 0.012, minSqnrDb: 31.4, maxSizeRatio: 0.29, minSpeedup: 1.2 };
    const outcomes = evaluateGates(gates, figures);
    expect(outcomes.map(({ name, passed }) => [name, passed])).toEqual([
      ['maxAccuracyDrop', true],
      ['minSqnrDb', true],
      ['maxSizeRatio', true],
      ['minSpeedup', true],
    ]);
    expect(verdictOf(outcomes)).toBe('pass');
  });

  it.each([
    ['maxAccuracyDrop', 0.01, 'the metric lost 1.2 points; at most 1 points is wanted'],
    ['minSqnrDb', 40, 'the worst output is at 31.4 dB; at least 40 dB is wanted'],
    ['maxSizeRatio', 0.28, 'the file has 0.29 of the fp32 size; at most 0.28 of the fp32 size is wanted'],
    ['minSpeedup', 1.5, 'the speed-up is 1.2x; at least 1.5x is wanted'],
  ] as const)('misses %s at %f', (name, limit, detail) => {
    const outcomes = evaluateGates({ [name]: limit }, figures);
    expect(outcomes).toEqual([{ name, limit, measured: expect.any(Number), passed: false, detail }]);
    expect(verdictOf(outcomes)).toBe('fail');
  });

  it('misses a gate whose figure is not there, and says what is missing', () => {
    const gates = { maxAccuracyDrop: 0.01, minSqnrDb: 20, maxSizeRatio: 1, minSpeedup: 1 };
    const outcomes = evaluateGates(gates, {});
    expect(outcomes.every(outcome => !outcome.passed && outcome.measured === undefined)).toBe(true);
    expect(outcomes[0]!.detail).toMatch(/no labels/);
    expect(outcomes[3]!.detail).toMatch(/not measured/);
  });

  it('misses a gate whose figure is not a number', () => {
    expect(evaluateGates({ minSpeedup: 1 }, { speedup: Number.NaN })).toMatchObject([{ passed: false }]);
  });

  it('passes without gates, and takes a gain for no loss', () => {
    expect(verdictOf(evaluateGates({}, {}))).toBe('pass');
    expect(evaluateGates({ maxAccuracyDrop: 0 }, { accuracyDrop: -0.1 })).toMatchObject([
      { passed: true, detail: 'the metric gained 10 %; at most 0 % is wanted' },
    ]);
  });

  it('speaks of percent where the metric is no accuracy', () => {
    const [outcome] = evaluateGates({ maxAccuracyDrop: 0.02 }, { accuracyDrop: 0.05, isAccuracy: false });
    expect(outcome!.detail).toBe('the metric lost 5 %; at most 2 % is wanted');
  });
});
