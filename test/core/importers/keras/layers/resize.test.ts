import { expect, test } from 'vitest';
import { onTable } from '../../../../../src/core/importers/keras/layers/resize.ts';

/** Every position by itself, in steps of TensorFlow's table of 1024 (resize_bicubic_op). */
const byPosition = (from: number, to: number): boolean =>
  Array.from({ length: to }, (_, i) => (((i + 0.5) * from) / to - 0.5) * 1024).every(Number.isInteger);

test('says of a ratio what its positions say', () => {
  for (let from = 1; from <= 40; from++)
    for (let to = 1; to <= 160; to++)
      expect([from, to, onTable([from], [to])]).toEqual([from, to, byPosition(from, to)]);
});

test('takes no time over a size that no image has', () => {
  expect(onTable([4, 4], [4_000_000_000, 16])).toBe(false);
  expect(onTable([2 ** 40], [2 ** 40])).toBe(true);
});
