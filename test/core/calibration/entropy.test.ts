import { expect, it } from 'vitest';
import {
  type AtomCounts,
  entropy,
  entropySpan,
  levelAtoms,
  type Span,
} from '../../../src/core/calibration/entropy.ts';
import { normal } from '../../support/seeded.ts';

/** The definition, bin by bin, without prefix sums. */
function divergence(counts: readonly number[], { low, high }: Span, levels: number): number {
  const zero = counts.length / 2;
  const inside = counts.slice(zero + low, zero + high);
  const p = [...inside];
  const total = (list: readonly number[]): number => list.reduce((sum, x) => sum + x, 0);
  p[0] = (p[0] as number) + total(counts.slice(0, zero + low));
  p[p.length - 1] = (p[p.length - 1] as number) + total(counts.slice(zero + high));
  const q = new Array<number>(p.length).fill(0);
  for (let level = 0; level < levels; level++) {
    const from = Math.floor((level * p.length) / levels);
    const to = Math.floor(((level + 1) * p.length) / levels);
    const places = p.slice(from, to).filter(x => x > 0).length;
    for (let k = from; k < to; k++) if ((p[k] as number) > 0) q[k] = total(inside.slice(from, to)) / places;
  }
  const [sumP, sumQ] = [total(p), total(q)];
  let sum = 0;
  p.forEach((x, k) => {
    if (x > 0) sum += (x / sumP) * Math.log(x / sumP / ((q[k] as number) / sumQ));
  });
  return sum;
}

const histogram = (data: Iterable<number>, width: number): number[] => {
  const counts = new Array<number>(256).fill(0);
  for (const x of data) {
    const at = Math.min(Math.max(Math.floor(x / width) + 128, 0), 255);
    counts[at] = (counts[at] as number) + 1;
  }
  return counts;
};
const bell = normal(20_000, 7);

/** Without atoms, as the definition has it. */
const plain = (list: readonly number[]): AtomCounts => {
  const counts = Float64Array.from(list);
  return { counts, level: counts, reach: 0 };
};

it.each([
  ['normal', histogram(bell, 0.04), true],
  ['normal', histogram(bell, 0.04), false],
  [
    'heavy-tailed',
    histogram(
      bell.map(x => x ** 3),
      0.5,
    ),
    true,
  ],
  [
    'heavy-tailed',
    histogram(
      bell.map(x => x ** 3),
      0.5,
    ),
    false,
  ],
  [
    'rectified',
    histogram(
      bell.map(x => Math.max(x, 0)),
      0.04,
    ),
    false,
  ],
  [
    'sparse',
    histogram(
      bell.subarray(0, 50).map(x => x * 4),
      0.1,
    ),
    false,
  ],
])('finds the threshold of the smallest divergence: %s, symmetric %s', (_name, counts, symmetric) => {
  const levels = 16;
  const filled = counts.flatMap((count, i) => (count > 0 ? [i - 128] : []));
  const low = Math.min(...filled, 0);
  const high = Math.max(...filled) + 1;
  let least = Number.POSITIVE_INFINITY;
  for (let size = 1; size <= Math.max(-low, high); size++) {
    const span = symmetric
      ? { low: -size, high: size }
      : { low: Math.max(-size, low), high: Math.min(size, high) };
    if (span.high - span.low >= levels) least = Math.min(least, divergence(counts, span, levels));
  }
  const found = entropySpan(plain(counts), { levels, symmetric });
  expect(divergence(counts, found, levels)).toBeCloseTo(least, 10);
  expect(least).toBeGreaterThan(0);
});

/** What a convolution with ReLU6 gives on images with an even background: a bell, a few values that repeat, many at 6. */
const relu6 = normal(200_000, 3).map((x, i) => {
  if (i % 3 === 0) return [0.31, 0.84, 1.27][i % 9 === 0 ? 0 : i % 9 === 3 ? 1 : 2]!;
  return Math.min(Math.max(2.2 * x + 1.5, 0), 6);
});

it('is not led astray by values that repeat: their bins say nothing about rounding', () => {
  const observer = entropy.create({}, { levels: 256, symmetric: false });
  observer.observe(relu6);
  const { min, max } = observer.range();
  expect(min).toBe(0);
  expect(max).toBe(6);
});

it('takes atoms down to their neighbours and reports how far the frequent ones reach', () => {
  const counts = new Float64Array(128).fill(100, 32, 96);
  counts[70] = 5000;
  counts[90] = 250;
  counts[20] = 3;
  const { level, reach } = levelAtoms(counts);
  expect([level[70], level[90], level[20], level[40]]).toEqual([100, 250, 3, 100]);
  expect(reach).toBe(7);
});
