import { expect, test } from 'vitest';
import { buildModel, float, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

test.each([
  ['without a seed', {}, /RandomNormalLike that gives "noise" draws other random numbers/],
  ['with a seed', { seed: float(3) }, undefined],
])('noise %s', async (_, attrs, note) => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [4, 16]] },
    initializers: { w: noiseTensor([16, 8], 3) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'RandomNormalLike', in: ['a'], out: ['noise'], attrs },
      { op: 'Add', in: ['a', 'noise'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 8]] },
  });
  const { report } = await quantizeGraph(model, { type: 'static-int8' });
  const said = report.warnings.filter(text => text.includes('random numbers'));
  expect(said).toEqual(note ? [expect.stringMatching(note)] : []);
  // With the same numbers in both, the artifact is as close as any.
  if (!note) expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
});
