import { expect, it } from 'vitest';
import { SecondMoment } from '../../../src/core/calibration/second-moment.ts';
import { triangleRow } from '../../../src/core/calibration/triangle.ts';
import { normal } from '../../support/seeded.ts';

const SIZE = 7;
const VECTORS = 10;
const x = normal(SIZE * VECTORS, 4).map((value, i) => (i % SIZE === 2 ? 0 : value));

/** Straight from the definition. */
const expected = (i: number, j: number): number => {
  let sum = 0;
  for (let t = 0; t < VECTORS; t++) sum += (x[t * SIZE + i] as number) * (x[t * SIZE + j] as number);
  return sum;
};

it.each([1, 2, 3, 4, 5, 10])('sums x xᵀ, %d vectors at a time', each => {
  const moment = new SecondMoment(SIZE);
  for (let at = 0; at < x.length; at += each * SIZE) moment.add(x.subarray(at, at + each * SIZE));
  for (let i = 0; i < SIZE; i++)
    for (let j = i; j < SIZE; j++)
      expect(moment.triangle[triangleRow(i, SIZE) + j]).toBeCloseTo(expected(i, j), 12);
});

it('takes products that were formed elsewhere', () => {
  const gram = Float32Array.from({ length: SIZE ** 2 }, (_, at) =>
    expected(Math.floor(at / SIZE), at % SIZE),
  );
  const moment = new SecondMoment(SIZE);
  moment.addGram(gram, VECTORS);
  moment.add(x);
  moment.addMoment(moment);
  expect(moment.vectors).toBe(4 * VECTORS);
  expect(moment.triangle[triangleRow(1, SIZE) + 3]).toBeCloseTo(4 * expected(1, 3), 5);
  expect(() => moment.addGram(gram.subarray(1), VECTORS)).toThrow(RangeError);
});

it('holds one triangle of doubles and refuses parts of vectors', () => {
  expect(new SecondMoment(3).triangle.byteLength).toBe(SecondMoment.bytes(3));
  expect(() => new SecondMoment(3).add(new Float32Array(4))).toThrow(RangeError);
});
