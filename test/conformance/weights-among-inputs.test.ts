/**
 * Models of IR version 3 list every weight among the inputs, and exporters of later ones do so on request. The artifact is
 * that of the same model without the list: as small, with the weights as constants.
 */
import { InferenceSession } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const WEIGHTS = {
  w: [16, 3, 3, 3],
  scale: [16],
  bias: [16],
  mean: [16],
  variance: [16],
  v: [16, 16, 3, 3],
  u: [256, 16],
} as const;

function model(irVersion: number, listed: boolean) {
  const dims = Object.entries(WEIGHTS);
  return buildModel({
    opset: 8,
    irVersion,
    inputs: {
      x: ['float32', [1, 3, 8, 8]],
      ...(listed && Object.fromEntries(dims.map(([name, shape]) => [name, ['float32', [...shape]]]))),
    },
    initializers: Object.fromEntries(
      dims.map(([name, shape], seed) => [
        name,
        noiseTensor([...shape], seed + 1, x => (name === 'variance' ? 1 + x * x : x * 0.2)),
      ]),
    ),
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['a'] },
      { op: 'BatchNormalization', in: ['a', 'scale', 'bias', 'mean', 'variance'], out: ['b'] },
      { op: 'Relu', in: ['b'], out: ['c'] },
      { op: 'Conv', in: ['c', 'v'], out: ['d'] },
      { op: 'Flatten', in: ['d'], out: ['e'] },
      { op: 'MatMul', in: ['e', 'u'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 16]] },
  });
}

const METHODS = [
  { type: 'static-int8' },
  { type: 'dynamic-int8', convolutions: true },
  { type: 'weight-only-int8' },
  { type: 'float16' },
  { type: 'bfloat16' },
  { type: 'convert' },
];

test.each(METHODS)('weights that are inputs too take no more bytes: $type', async method => {
  const plain = await quantizeGraph(model(8, false), method);
  for (const irVersion of [3, 8]) {
    const { bytes, report } = await quantizeGraph(model(irVersion, true), method);
    expect(bytes.byteLength).toBeLessThanOrEqual(plain.bytes.byteLength);
    expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
    expect((await InferenceSession.create(bytes)).inputNames).toEqual(['x']);
    // In IR version 3 there was no other way to write them.
    const told = report.warnings.filter(text => text.includes('"w", "scale", "bias" and 4 more'));
    expect(told).toHaveLength(irVersion === 3 ? 0 : 1);
  }
});
