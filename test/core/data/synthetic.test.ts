import { describe, expect, it } from 'vitest';
import type { SessionValue } from '../../../src/core/data/samples.ts';
import { syntheticSamples } from '../../../src/core/data/synthetic.ts';

const image: SessionValue = { name: 'x', dtype: 'float32', dims: ['N', 'C', 'H', 'W'] };

describe('syntheticSamples', () => {
  it('gives the same samples each time, and each sample another', () => {
    const [a, b] = [syntheticSamples([image], 3), syntheticSamples([image], 3)];
    expect(a.feeds(1)).toEqual(b.feeds(1));
    expect(a.feeds(1).x!.data).not.toEqual(a.feeds(2).x!.data);
    expect(syntheticSamples([image], 3, 7).feeds(1)).not.toEqual(a.feeds(1));
  });

  it('has mean 0 and deviation 1', () => {
    const data = syntheticSamples([{ ...image, dims: [1, 100_000] }], 1).feeds(0).x!.data as Float32Array;
    const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
    const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
    // Standard errors of mean and variance at n = 1e5: 0.0032 and 0.0045; five of them.
    expect(Math.abs(mean)).toBeLessThan(0.016);
    expect(Math.abs(variance - 1)).toBeLessThan(0.025);
  });

  it.each<[SessionValue['dims'], number[]]>([
    [
      ['N', 'C', 'H', 'W'],
      [1, 3, 224, 224],
    ],
    [
      ['N', undefined, undefined, 3],
      [1, 224, 224, 3],
    ],
    [
      ['N', 1, 28, 28],
      [1, 1, 28, 28],
    ],
    [
      [2, 'T'],
      [2, 64],
    ],
    [[], []],
  ])('chooses sizes for %j', (dims, shape) => {
    expect(syntheticSamples([{ ...image, dims }], 1).feeds(0).x!.dims).toEqual(shape);
  });

  it('gives a name one size, so that inputs fit together', () => {
    const shapesOf = (inputs: Readonly<Record<string, NonNullable<SessionValue['dims']>>>) =>
      Object.values(
        syntheticSamples(
          Object.entries(inputs).map(([name, dims]) => ({ name, dtype: 'float32', dims })),
          1,
        ).feeds(0),
      ).map(({ dims }) => dims);
    // As optimum exports a decoder.
    const cache = ['batch_size', 4, 'past_sequence_length', 16];
    expect(
      shapesOf({
        input_ids: ['batch_size', 'sequence_length'],
        attention_mask: ['batch_size', 'past_sequence_length + sequence_length'],
        'past_key_values.0.key': cache,
        'past_key_values.0.encoder.key': ['batch_size', 4, 'encoder_sequence_length', 16],
      }),
    ).toEqual([
      [1, 64],
      [1, 64],
      [1, 4, 0, 16],
      [1, 4, 64, 16],
    ]);
    expect(shapesOf({ x: ['N', 3, 'H', 'W'], mask: ['N', 'H', 'W'] })).toEqual([
      [1, 3, 224, 224],
      [1, 224, 224],
    ]);
    expect(shapesOf({ mask: ['b', 'past + 1'], x: ['?', '?', '?', '?'] })).toEqual([
      [1, 1],
      [1, 3, 224, 224],
    ]);
  });

  it('draws integers that are indices of any table, and full masks', () => {
    const ids: SessionValue = { name: 'input_ids', dtype: 'int64', dims: [1, 1000] };
    const mask: SessionValue = { name: 'attention_mask', dtype: 'int64', dims: [1, 1000] };
    const feeds = syntheticSamples([ids, mask], 1).feeds(0);
    expect(new Set(feeds.input_ids!.data as BigInt64Array)).toEqual(new Set([0n, 1n]));
    expect(new Set(feeds.attention_mask!.data as BigInt64Array)).toEqual(new Set([1n]));
  });

  it('refuses what it cannot draw', () => {
    for (const value of [
      { ...image, dtype: undefined },
      { ...image, dims: undefined },
      { ...image, dims: [1 << 14, 1 << 14] },
    ])
      expect(() => syntheticSamples([value], 1)).toThrow(
        expect.objectContaining({ code: 'model_unsupported' }),
      );
  });
});
