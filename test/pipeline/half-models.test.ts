/** Models whose weights are float16: they are seen as weights, and what stays float of them takes no more room. */
import { expect, test } from 'vitest';
import type { Model } from '../../src/core/ir/model.ts';
import { buildModel, noise, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const half = (dims: number[], seed: number) =>
  tensor(
    'float16',
    dims,
    noise(
      dims.reduce((a, b) => a * b),
      seed,
    ).map(x => x * 0.2),
  );
const model = (): Model =>
  buildModel({
    inputs: { x: ['float16', [1, 16, 6, 6]] },
    initializers: {
      w: half([32, 16, 3, 3], 1),
      b: half([32], 2),
      v: half([16, 32, 3, 3], 3),
      u: half([4, 64], 4),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['a'] },
      { op: 'Relu', in: ['a'], out: ['r'] },
      { op: 'Conv', in: ['r', 'v'], out: ['c'] },
      { op: 'Flatten', in: ['c'], out: ['f'], attrs: { axis: 2 } },
      { op: 'MatMul', in: ['f', 'u'], out: ['y'] },
    ],
    outputs: { y: ['float16'] },
  });
const bytesOfType = ({ graph }: Model, dtype: string): number =>
  graph.initializers.reduce(
    (sum, { initializer }) => sum + (initializer?.dtype === dtype ? initializer.byteLength : 0),
    0,
  );
/** Bytes of one convolution's weights in float16, of both in 8 bits. */
const WEIGHTS = 2 * 16 * 32 * 9;

// 7 bits, which no CPU saturates.
test('its convolutions get 8-bit weights', async () => {
  const { artifact, report } = await quantizeGraph(model(), {
    type: 'static-int8',
    reduceRange: true,
    preferInteger: true,
  });
  expect(bytesOfType(artifact, 'int8')).toBeGreaterThanOrEqual(WEIGHTS);
  expect(bytesOfType(artifact, 'float16')).toBe(0);
  expect(report.comparison.sizeRatio).toBeLessThan(0.75);
  expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
});

test('what stays float is float16 again, in the same numbers', async () => {
  // Convolutions stay float.
  const partly = await quantizeGraph(model(), { type: 'dynamic-int8' });
  expect(bytesOfType(partly.artifact, 'float16')).toBeGreaterThanOrEqual(2 * WEIGHTS);
  expect(bytesOfType(partly.artifact, 'int8') + bytesOfType(partly.artifact, 'uint8')).toBeGreaterThan(0);
  const { artifact, report } = await quantizeGraph(model(), { type: 'convert' });
  expect(bytesOfType(artifact, 'float16')).toBeGreaterThanOrEqual(2 * WEIGHTS);
  expect(bytesOfType(artifact, 'float32')).toBeLessThan(1024);
  expect(report.comparison.sizeRatio).toBeLessThan(1.2);
  expect(report.outputs[0]!.maxAbsError).toBe(0);
});
