import { expect, test } from 'vitest';
import { attr, GraphBuilder } from '../../../../../src/core/importers/keras/graph/builder.ts';

test.each([Number.NaN, Number.POSITIVE_INFINITY, 1.5, 2 ** 60])('%d is no size', value => {
  const builder = new GraphBuilder('g');
  const refused = { code: 'model_invalid' };
  for (const write of [() => builder.ints([1, value]), () => builder.intScalar(value)])
    expect(() => builder.within('dense_1', write)).toThrow(
      expect.objectContaining({ ...refused, place: expect.objectContaining({ node: 'dense_1' }) }),
    );
  for (const write of [() => attr.int(value), () => attr.ints([value])])
    expect(write).toThrow(expect.objectContaining(refused));
});

test('what int64 holds exactly is written', () => {
  const { initializer } = new GraphBuilder('g').ints([-1, 2 ** 40]);
  expect([...new BigInt64Array(initializer!.bytes().slice().buffer)]).toEqual([-1n, 2n ** 40n]);
});
