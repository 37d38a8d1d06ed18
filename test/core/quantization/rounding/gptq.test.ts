import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { SecondMoment } from '../../../../src/core/calibration/second-moment.ts';
import { errorFeedback } from '../../../../src/core/quantization/rounding/error-feedback.ts';
import {
  gptq,
  type RoundingGrid,
  type WeightMatrix,
} from '../../../../src/core/quantization/rounding/gptq.ts';
import { normal } from '../../../support/seeded.ts';

/** Vectors with correlated elements, [count, size]. */
function activations(count: number, size: number, seed: number, mixSeed: number): Float32Array {
  const mix = Float64Array.from(normal(size * size, mixSeed), x => x / Math.sqrt(size));
  const z = normal(count * size, seed);
  const x = new Float32Array(count * size);
  for (let t = 0; t < count; t++)
    for (let j = 0; j < size; j++) {
      let sum = (z[t * size + j] as number) * 0.5;
      for (let i = 0; i < size; i++) sum += (z[t * size + i] as number) * (mix[i * size + j] as number);
      x[t * size + j] = sum;
    }
  return x;
}

const rows = (data: Float32Array, channels: number, features: number): WeightMatrix => ({
  data,
  channels,
  features,
  channelStride: features,
  featureStride: 1,
});

/** Smallest to largest weight of each block, widened to hold zero. */
function minMaxGrid(matrix: WeightMatrix, blockSize: number, min: number, max: number): RoundingGrid {
  const { data, channels, features } = matrix;
  const blocks = Math.ceil(features / blockSize);
  const scales = new Float32Array(channels * blocks);
  const zeroPoints = new Int32Array(scales.length);
  const fitBlock = (weights: Float32Array | Float64Array, slot: number): void => {
    let low = 0;
    let high = 0;
    for (const weight of weights) {
      low = Math.min(low, weight);
      high = Math.max(high, weight);
    }
    const scale = Math.fround((high - low) / (max - min));
    scales[slot] = scale;
    zeroPoints[slot] = Math.min(Math.max(Math.floor(min - low / scale + 0.5), min), max);
  };
  for (let n = 0; n < channels; n++)
    for (let b = 0; b < blocks; b++)
      fitBlock(
        data.subarray(n * features + b * blockSize, n * features + Math.min((b + 1) * blockSize, features)),
        n * blocks + b,
      );
  return {
    min,
    max,
    blockSize,
    scales,
    zeroPoints,
    slotOf: (channel, block) => channel * blocks + block,
  };
}

function momentOf(x: Float32Array, size: number): SecondMoment {
  const moment = new SecondMoment(size);
  moment.add(x);
  return moment;
}

// What the paper's algorithm gives in numpy: H inverted, its upper Cholesky factor, one column after another.
// Digest of the codes, the first ten of them, their sum.
const EXPECTED = [
  {
    shape: [5, 24, 40],
    blockSize: 8,
    range: [0, 15],
    digest: '24e81c398a12230b',
    first: [9, 14, 0, 6, 6, 0, 3, 7, 8, 5],
    sum: 841,
  },
  {
    shape: [7, 300, 400],
    blockSize: 300,
    range: [-127, 127],
    digest: 'd71f9976840a65d9',
    first: [80, -19, -44, 21, 44, -54, -11, -30, -98, -117],
    sum: -15300,
  },
  {
    // Fewer vectors than features: only damping makes the Hessian definite. A short last block.
    shape: [3, 150, 90],
    blockSize: 32,
    range: [0, 15],
    digest: '64a93a3216c7a52f',
    first: [10, 3, 10, 10, 3, 15, 8, 7, 10, 5],
    sum: 3337,
  },
  {
    shape: [3, 150, 200],
    blockSize: 32,
    range: [0, 15],
    byActivation: true,
    digest: '558372724e22a280',
    first: [10, 3, 10, 10, 3, 15, 8, 6, 10, 5],
    sum: 3326,
  },
] as const;

describe.each(EXPECTED)('GPTQ of $shape in blocks of $blockSize', expected => {
  const [channels, features, vectors] = expected.shape;
  const seed = channels * 100 + features;
  const data = normal(channels * features, seed);
  const moment = momentOf(activations(vectors, features, seed + 2, seed + 1), features);
  // The paper takes the Hessian as it was seen: as if that were of very many vectors.
  moment.addGram(new Float32Array(features ** 2), 2 ** 60);
  const feedback = errorFeedback(moment, { byActivation: 'byActivation' in expected });
  const [min, max] = expected.range;
  const code = (matrix: WeightMatrix, source = rows(data, channels, features)): Int8Array | Uint8Array => {
    return gptq(matrix, feedback, minMaxGrid(source, expected.blockSize, min, max));
  };

  it('gives the codes of the paper', () => {
    const codes = code(rows(data, channels, features));
    expect([...codes.subarray(0, 10)]).toEqual(expected.first);
    expect([...codes].reduce((sum, x) => sum + x, 0)).toBe(expected.sum);
    const bytes = new Uint8Array(codes.buffer);
    expect(createHash('sha256').update(bytes).digest('hex').slice(0, 16)).toBe(expected.digest);
  });

  it('reads weights in any order in memory', () => {
    const turn = <T extends Float32Array | Int8Array | Uint8Array>(from: T): T =>
      from.map((_, i) => from[(i % channels) * features + Math.floor(i / channels)] as number) as T;
    const turned: WeightMatrix = {
      data: turn(data),
      channels,
      features,
      channelStride: 1,
      featureStride: channels,
    };
    expect(code(turned)).toEqual(turn(code(rows(data, channels, features))));
  });
});

describe('on inputs that were not seen', () => {
  const [channels, features] = [33, 200];
  const matrix = rows(normal(channels * features, 5), channels, features);
  const seen = activations(600, features, 11, 12);
  const unseen = activations(300, features, 13, 12);
  const nearest = errorFeedback(new SecondMoment(features));

  const outputError = (codes: Int8Array | Uint8Array, grid: RoundingGrid, inputs = unseen): number => {
    let total = 0;
    for (let n = 0; n < channels; n++) {
      const error = Float64Array.from({ length: features }, (_, k) => {
        const slot = grid.slotOf(n, Math.floor(k / grid.blockSize));
        const at = n * features + k;
        return (
          (matrix.data[at] as number) -
          ((codes[at] as number) - (grid.zeroPoints[slot] as number)) * (grid.scales[slot] as number)
        );
      });
      for (let t = 0; t < inputs.length; t += features)
        total += error.reduce((sum, e, k) => sum + e * (inputs[t + k] as number), 0) ** 2;
    }
    return total;
  };

  it.each([
    [4, 32],
    [4, 200],
    [8, 200],
  ])(
    'the error of the outputs is well below that of round-to-nearest: %d bits, blocks of %d',
    (bits, blockSize) => {
      const grid = minMaxGrid(matrix, blockSize, 0, 2 ** bits - 1);
      const feedback = errorFeedback(momentOf(seen, features));
      const ratio =
        outputError(gptq(matrix, feedback, grid), grid) / outputError(gptq(matrix, nearest, grid), grid);
      expect(ratio).toBeLessThan(0.65);
    },
  );

  // 2.3 and 1.5 times the error where correlations are taken as they come out.
  it.each([200, 300])('hardly worse than round-to-nearest after %d vectors of independent inputs', count => {
    const grid = minMaxGrid(matrix, 32, 0, 15);
    const feedback = errorFeedback(momentOf(normal(count * features, 14), features));
    const others = normal(300 * features, 15);
    const [ours, usual] = [feedback, nearest].map(each =>
      outputError(gptq(matrix, each, grid), grid, others),
    );
    const ratio = ours! / usual!;
    expect(ratio).toBeLessThan(1.1);
  });
});

it('rounds to nearest where nothing is known of the inputs', () => {
  const matrix = rows(normal(3 * 40, 3), 3, 40);
  const grid = minMaxGrid(matrix, 16, -8, 7);
  const codes = gptq(matrix, errorFeedback(new SecondMoment(40)), grid);
  const expected = matrix.data.map((x, i) => {
    const slot = grid.slotOf(Math.floor(i / 40), Math.floor((i % 40) / 16));
    return Math.floor(x / (grid.scales[slot] as number) + (grid.zeroPoints[slot] as number) + 0.5);
  });
  expect([...codes]).toEqual([...expected]);
});

it('a scale of zero gives the code of zero', () => {
  const grid = {
    min: 0,
    max: 15,
    blockSize: 4,
    scales: Float32Array.of(0),
    zeroPoints: Int32Array.of(8),
    slotOf: () => 0,
  };
  expect([...gptq(rows(new Float32Array(4), 1, 4), errorFeedback(new SecondMoment(4)), grid)]).toEqual([
    8, 8, 8, 8,
  ]);
});

it('refuses feedback of another size', () => {
  const matrix = rows(normal(8, 1), 2, 4);
  const grid = minMaxGrid(matrix, 4, 0, 15);
  expect(() => gptq(matrix, errorFeedback(new SecondMoment(5)), grid)).toThrow(RangeError);
});
