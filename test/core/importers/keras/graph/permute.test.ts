/** Expected values: numpy.arange(...).reshape(...).transpose(...).ravel(). */
import { expect, test } from 'vitest';
import { permute } from '../../../../../src/core/importers/keras/graph/permute.ts';

const range = (length: number) => Float32Array.from({ length }, (_, index) => index);

test.each([
  [
    [2, 3],
    [1, 0],
    [0, 3, 1, 4, 2, 5],
  ],
  [
    [2, 2, 3],
    [2, 0, 1],
    [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11],
  ],
  [
    [2, 1, 2, 3],
    [3, 2, 0, 1],
    [0, 6, 3, 9, 1, 7, 4, 10, 2, 8, 5, 11],
  ],
  [[4], [0], [0, 1, 2, 3]],
  [[], [], [0]],
])('%j by %j', (dims, perm, expected) => {
  expect([...permute(range(expected.length), dims, perm)]).toEqual(expected);
});
