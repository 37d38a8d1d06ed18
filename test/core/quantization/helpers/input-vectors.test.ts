/** The gathered vectors against onnxruntime: sum y = w . sum x and sum y² = w (sum x xᵀ) wᵀ for y = w . x. */
import { expect, it } from 'vitest';
import { InputVectors } from '../../../../src/core/calibration/input-vectors.ts';
import { triangleRow } from '../../../../src/core/calibration/triangle.ts';
import { dotProduct } from '../../../../src/core/quantization/helpers/vector-shape.ts';
import { elements } from '../../../../src/core/tensor/tensor.ts';
import { buildModel, type NodeSpec, noise, noiseTensor } from '../../../support/model-builder.ts';
import { feed, runModel } from '../../../support/run-model.ts';

type Case = readonly [NodeSpec['op'], x: readonly number[], w: readonly number[], attrs?: NodeSpec['attrs']];

const CASES: Readonly<Record<string, Case>> = {
  'pads, strides and dilations': [
    'Conv',
    [2, 3, 9, 7],
    [4, 3, 3, 2],
    { pads: [2, 1, 0, 1], strides: [2, 1], dilations: [1, 2] },
  ],
  SAME_UPPER: ['Conv', [1, 2, 7, 8], [3, 2, 3, 3], { auto_pad: 'SAME_UPPER', strides: [2, 2] }],
  SAME_LOWER: ['Conv', [1, 2, 8, 8], [3, 2, 2, 4], { auto_pad: 'SAME_LOWER' }],
  VALID: ['Conv', [1, 2, 8, 8], [3, 2, 3, 3], { auto_pad: 'VALID' }],
  groups: ['Conv', [1, 6, 5, 5], [4, 3, 3, 3], { group: 2, pads: [1, 1, 1, 1] }],
  depthwise: ['Conv', [1, 4, 5, 5], [8, 1, 3, 3], { group: 4 }],
  'one dimension': ['Conv', [2, 3, 11], [4, 3, 3], { pads: [2, 0], strides: [2] }],
  MatMul: ['MatMul', [2, 5, 6], [6, 3]],
  'Gemm with transB': ['Gemm', [5, 6], [3, 6], { transB: 1 }],
};

it.each(Object.entries(CASES))('%s', async (_name, [op, xDims, wDims, attrs = {}]) => {
  const model = buildModel({
    inputs: { x: ['float32', xDims] },
    outputs: { y: ['float32'] },
    initializers: { w: noiseTensor(wDims, 3) },
    nodes: [{ op, in: ['x', 'w'], out: ['y'], attrs }],
  });
  const product = dotProduct(model.graph.nodes[0]!)!;
  const { shape, channels } = product;
  const vectors = new InputVectors();
  vectors.ask(shape, true);
  const sums = new Map<number, { plain: number; squared: number }>();
  const total = shape.groups * channels;
  for (const seed of [1, 2]) {
    const data = noise(
      xDims.reduce((a, b) => a * b),
      seed,
    );
    vectors.observe(Float32Array.from(data), 1, xDims);
    const y = (await runModel(model, { x: feed(xDims, data) })).get('y')!;
    const inner = op === 'Conv' ? y.length / total / xDims[0]! : 1;
    y.forEach((value, i) => {
      const at = Math.floor(i / inner) % total;
      const sum = sums.get(at) ?? { plain: 0, squared: 0 };
      sums.set(at, { plain: sum.plain + value, squared: sum.squared + value * value });
    });
  }
  const weights = elements(model.graph.nodes[0]!.inputs[1]!.initializer!, 'float32');
  const mean = vectors.mean(shape)!;
  for (let group = 0; group < shape.groups; group++) {
    const moment = vectors.moments(shape)![group]!;
    for (let channel = 0; channel < channels; channel++) {
      const w = Array.from({ length: shape.size }, (_, k) => weights[product.at(group, channel, k)]!);
      const plain = w.reduce((sum, x, k) => sum + x * mean[group * shape.size + k]!, 0) * moment.vectors;
      let squared = 0;
      for (let i = 0; i < shape.size; i++)
        for (let j = i; j < shape.size; j++)
          squared += (i === j ? 1 : 2) * w[i]! * w[j]! * moment.triangle[triangleRow(i, shape.size) + j]!;
      const expected = sums.get(group * channels + channel)!;
      expect(plain).toBeCloseTo(expected.plain, 3);
      expect(squared).toBeCloseTo(expected.squared, 3);
    }
  }
});

it('takes part of the vectors of a large run, spread over all of it', () => {
  const shape = { groups: 1, size: 4 };
  const vectors = new InputVectors();
  vectors.ask(shape, true);
  // Row r holds r: a plain head of the run would have another mean.
  const rows = 100_000;
  const data = Float32Array.from({ length: rows * 4 }, (_, i) => Math.floor(i / 4) / rows);
  vectors.observe(data, 1, [rows, 4]);
  expect(vectors.moments(shape)![0]!.vectors).toBe(1024);
  expect(vectors.mean(shape)![0]).toBeCloseTo(0.5, 2);
});
