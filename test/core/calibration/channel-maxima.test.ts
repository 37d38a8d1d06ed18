import { expect, test } from 'vitest';
import { ChannelMaxima } from '../../../src/core/calibration/channel-maxima.ts';

type Run = readonly [dims: readonly number[], data: readonly number[]];

function maximaOf(axis: number, ...runs: readonly Run[]) {
  const statistic = new ChannelMaxima(axis, 2);
  for (const [dims, data] of runs) statistic.observe(Float32Array.from(data), 1, dims);
  return statistic.maxima();
}

const PAIR: Run = [
  [2, 2],
  [1, -4, 2, 3],
];

test('the largest size of each channel over all runs', () => {
  expect(
    maximaOf(1, PAIR, [
      [1, 2],
      [-3, 1],
    ]),
  ).toEqual(Float32Array.of(3, 4));
});

test.each<readonly [string, number, readonly Run[]]>([
  ['no run', 1, []],
  ['no such axis', 2, [PAIR]],
  ['no such axis in one run', 1, [PAIR, [[2], [1, 2]]]],
  [
    'more channels',
    1,
    [
      [
        [1, 3],
        [1, 2, 3],
      ],
      PAIR,
    ],
  ],
])('nothing is said after %s', (_, axis, runs) => {
  expect(maximaOf(axis, ...runs)).toBeUndefined();
});
