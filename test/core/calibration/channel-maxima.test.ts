import { expect, test } from 'vitest';
import { ChannelMaxima } from '../../../src/core/calibration/channel-maxima.ts';

const observe = (axis: number, ...runs: readonly (readonly [readonly number[], readonly number[]])[]) => {
  const statistic = new ChannelMaxima(axis);
  for (const [dims, data] of runs) statistic.observe(Float32Array.from(data), 1, dims);
  return statistic.maxima();
};

test('the largest size of each channel over all runs', () => {
  const runs = [
    [
      [2, 2],
      [1, -4, 2, 3],
    ],
    [
      [1, 2],
      [-3, 1],
    ],
  ] as const;
  expect(observe(1, ...runs)).toEqual(Float32Array.of(3, 4));
});

test('nothing is said of a value that has no such axis, or another number of channels from run to run', () => {
  expect(
    observe(2, [
      [2, 2],
      [1, 2, 3, 4],
    ]),
  ).toBeUndefined();
  expect(
    observe(
      1,
      [
        [1, 2],
        [1, 2],
      ],
      [
        [1, 3],
        [1, 2, 3],
      ],
    ),
  ).toBeUndefined();
  expect(
    observe(
      1,
      [
        [1, 2],
        [1, 2],
      ],
      [[2], [1, 2]],
    ),
  ).toBeUndefined();
});
