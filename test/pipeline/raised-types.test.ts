import { expect, test } from 'vitest';
import { buildModel, float, noiseTensor, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

/** Bounds of a Clip were attributes before opset 11, and are constants of its input's type since. */
test('a Clip of an old opset behind values of a type that the file does not tell', async () => {
  const model = buildModel({
    opset: 10,
    irVersion: 5,
    inputs: { x: ['float32', [4, 16]] },
    initializers: {
      w: noiseTensor([16, 16], 3),
      half: tensor('float64', [], [0.5]),
      v: noiseTensor([16, 8], 4),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'Cast', in: ['a'], out: ['b'], attrs: { to: 11 } },
      { op: 'Mul', in: ['b', 'half'], out: ['c'] },
      { op: 'Cast', in: ['c'], out: ['d'], attrs: { to: 1 } },
      { op: 'Clip', in: ['d'], out: ['e'], attrs: { min: float(0), max: float(6) } },
      { op: 'MatMul', in: ['e', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 8]] },
  });
  const { report } = await quantizeGraph(model, { type: 'static-int8' });
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(34);
});
