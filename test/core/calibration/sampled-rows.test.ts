import { expect, test } from 'vitest';
import { SampledRows } from '../../../src/core/calibration/sampled-rows.ts';
import { normal } from '../../support/seeded.ts';

const asText = (rows: readonly Float32Array[]) => rows.map(row => row.join(' '));

test('what is kept does not depend on the order of samples, nor on who saw which', () => {
  const samples = Array.from({ length: 40 }, (_, seed) => normal(25 * 8, seed));
  const see = (rows: SampledRows, sample: number): void =>
    rows.observe(samples[sample]!, 1, [25, 8], undefined, sample);
  const whole = new SampledRows('last');
  for (let sample = 0; sample < 40; sample++) see(whole, sample);
  const parts = [new SampledRows('last'), new SampledRows('last'), new SampledRows('last')] as const;
  for (let sample = 39; sample >= 0; sample--) see(parts[sample % 2 === 0 ? 0 : 1]!, sample);
  for (const part of parts.slice(1)) parts[0].merge(part.held());
  expect(asText(parts[0].rows)).toEqual(asText(whole.rows));
  expect(whole.rows.length).toBe(512);
});

test('half are picked from all samples and positions alike', () => {
  const rows = new SampledRows('last');
  // Channels: the sample, the position, and what brings the sum to zero.
  for (let sample = 0; sample < 100; sample++)
    rows.observe(
      Float32Array.from(
        { length: 300 },
        (_, i) => [sample, Math.floor(i / 3), -sample - Math.floor(i / 3)][i % 3]!,
      ),
      1,
      [100, 3],
    );
  const picked = rows.rows.slice(0, 32);
  for (const channel of [0, 1]) {
    const places = picked.map(row => row[channel]!);
    // 32 numbers of 0 to 99 at random: mean 49.5, standard error 5.1.
    expect(Math.abs(places.reduce((sum, x) => sum + x, 0) / 32 - 49.5)).toBeLessThan(3 * 5.1);
    expect(new Set(places).size).toBeGreaterThan(20);
  }
});

test('the heaviest row is always there', () => {
  const data = new Float32Array(1000 * 4).fill(0.5);
  data.set([9, 9, 9, 9], 777 * 4);
  const rows = new SampledRows('last');
  rows.observe(data, 1, [1000, 4]);
  expect(asText(rows.rows)).toContain('9 9 9 9');
});

test('channels of an image are those of one position', () => {
  const rows = new SampledRows('second');
  // [1, 3, 2, 2]: channel c at position p is 10 c + p.
  rows.observe(
    Float32Array.from({ length: 12 }, (_, i) => 10 * Math.floor(i / 4) + (i % 4)),
    1,
    [1, 3, 2, 2],
  );
  expect(asText(rows.rows)).toContain('2 12 22');
});

test('memory is bounded for wide rows', () => {
  const rows = new SampledRows('last');
  for (let run = 0; run < 50; run++) rows.observe(normal(10 * 20_000, run), 1, [10, 20_000]);
  expect(rows.rows.length).toBeLessThanOrEqual(12);
});
