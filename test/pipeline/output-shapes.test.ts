import { expect, test } from 'vitest';
import type { Dim } from '../../src/core/ir/value.ts';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

/** The output y is read by a node as well, so that its shape matters to what is written around it. */
const modelOf = (dims: readonly Dim[]) =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', ['N', 4, 32]] },
    initializers: { w: noiseTensor([32, 32], 7), v: noiseTensor([32, 32], 9) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
      { op: 'MatMul', in: ['y', 'v'], out: ['z'] },
    ],
    outputs: { y: ['float32', dims], z: ['float32', ['N', 4, 32]] },
  });

const run = async (dims: readonly Dim[], method: string) => {
  const { report, artifact } = await quantizeGraph(modelOf(dims), { type: method });
  const warnings = report.warnings.filter(text => text.includes('declares another shape'));
  return { dims: artifact.graph.outputs[0]?.dims, warnings };
};

test.each([
  ['another length', ['N', 4, 9]],
  ['one axis more', ['N', 4, 32, 1]],
  ['one axis less', [4, 32]],
  ['a scalar', []],
])('a declared shape that is false gives way to the real one: %s', async (_, dims) => {
  for (const method of ['static-int8', 'dynamic-int8', 'float16', 'convert'])
    expect(await run(dims, method)).toEqual({
      dims: ['N', 4, 32],
      warnings: [expect.stringContaining('"y"')],
    });
});

test.each([[['N', 4, 32]], [['batch', 'length', 32]], [[8, 4, 32]]])(
  'what does not contradict the model stays: %j',
  async dims => {
    expect(await run(dims, 'static-int8')).toEqual({ dims, warnings: [] });
  },
);
