/** Gemm's attributes as onnxruntime reads them: transB is yes where it is not 0, and with a beta of 0 C is not read. */
import { expect, test } from 'vitest';
import { tensorOf } from '../../src/core/tensor/tensor.ts';
import { type AttrSpec, buildModel, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const METHODS = ['static-int8', 'dynamic-int8', 'weight-only-int8', 'weight-only-int4'];
/** 4-bit codes of noise. */
const LEAST_DB = 15;

const gemm = (attrs: Record<string, AttrSpec>, c: Float32Array) =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', [8, 64]] },
    initializers: { w: noiseTensor([96, 64], 7), c: tensorOf('float32', [96], c) },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'], attrs }],
    outputs: { y: ['float32', [8, 96]] },
  });

test.each(METHODS)('%s takes a transB of 151 for a transposed B', async type => {
  const { report } = await quantizeGraph(gemm({ transB: 151 }, new Float32Array(96)), { type });
  expect(report.outputs[0]?.sqnrDb).toBeGreaterThan(LEAST_DB);
});

test.each(METHODS)('%s does not read C where beta is 0', async type => {
  const c = new Float32Array(96).fill(Number.POSITIVE_INFINITY);
  const { report } = await quantizeGraph(gemm({ transB: 1, beta: { kind: 'float', value: 0 } }, c), { type });
  expect(report.outputs[0]?.sqnrDb).toBeGreaterThan(LEAST_DB);
});
