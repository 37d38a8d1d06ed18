import { expect, test } from 'vitest';
import { SampledRows } from '../../../../src/core/quantization/saturation/sampled-rows.ts';
import { normal } from '../../../support/seeded.ts';

const asText = (rows: readonly Float32Array[]) => rows.map(row => row.join(' '));

test('what is kept does not depend on how rows are cut into runs', () => {
  const data = normal(600 * 8, 3);
  const whole = new SampledRows('last');
  whole.observe(data, 1, [600, 8]);
  const parts = new SampledRows('last');
  for (let at = 0; at < 600; at += 50) parts.observe(data.slice(at * 8, (at + 50) * 8), 1, [50, 8]);
  expect(asText(parts.rows)).toEqual(asText(whole.rows));
  expect(whole.rows.length).toBeLessThanOrEqual(96);
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
