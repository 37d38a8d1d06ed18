import { describe, expect, test } from 'vitest';
import { findings } from '../../examples/paper/claims.ts';
import type { Report } from '../../src/contracts/report.ts';

const report = (comparison: Report['comparison'], drop: number): Report =>
  ({
    accuracy: { drop, isAccuracy: true },
    comparison,
    models: { reference: { score: 0.9 }, artifact: { score: 0.9 - drop } },
  }) as Report;
const held = (found: ReturnType<typeof findings>) => found.map(({ holds }) => holds);

describe('the claims of the paper', () => {
  test('hold where all three figures are on the right side', () => {
    expect(
      held(findings(report({ weightRatio: 0.25, speedup: 2, speedupLow: 1.5, speedupHigh: 2.5 }, 0.002))),
    ).toEqual([true, true, true]);
  });

  test('a speed-up whose interval reaches below one does not count', () => {
    expect(
      held(findings(report({ weightRatio: 0.8, speedup: 1.2, speedupLow: 0.9, speedupHigh: 1.6 }, 0.03))),
    ).toEqual([false, false, false]);
  });

  test('what was not measured is left open', () => {
    const [, size, speed] = findings(report({}, 0));
    expect([size?.holds, speed?.holds]).toEqual([undefined, undefined]);
  });
});
