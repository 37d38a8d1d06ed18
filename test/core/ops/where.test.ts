import { expect, test } from 'vitest';
import { buildModel, noise, noiseTensor, tensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';

const PLACES = 4 * 8 * 8;
const CONV = { attrs: { pads: [0, 0, 0, 0] } };

/** A choice between two convolutions' results, or between one of them and a constant. */
const model = (other: 'b' | 'half') =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 3, 10, 10]] },
    initializers: {
      w: noiseTensor([4, 3, 3, 3], 1),
      v: noiseTensor([4, 3, 3, 3], 2, x => 3 * x),
      u: noiseTensor([4, 4, 3, 3], 3),
      taken: tensor(
        'bool',
        [1, 4, 8, 8],
        noise(PLACES, 4).map(x => Number(x > 0)),
      ),
      half: tensor('float32', [1], [0.5]),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['a'], ...CONV },
      ...(other === 'b' ? [{ op: 'Conv', in: ['x', 'v'], out: ['b'], ...CONV }] : []),
      { op: 'Where', in: ['taken', 'a', other], out: ['c'] },
      { op: 'Conv', in: ['c', 'u'], out: ['y'], ...CONV },
    ],
    outputs: { y: ['float32', [1, 4, 6, 6]] },
  });

test.each([
  ['half', 'qdq', 'Where'],
  ['b', 'qdq', 'Where'],
  ['half', 'qoperator', 'com.microsoft.QLinearWhere'],
  ['b', 'qoperator', 'com.microsoft.QLinearWhere'],
] as const)('Where between convolutions works on codes: %s, %s', async (other, format, operator) => {
  const float = model(other);
  // The last convolution would be as close and as fast in float.
  const method = { type: 'static-int8', format, preferInteger: true, calibrator: { type: 'min-max' } };
  const { artifact, report } = await quantizeGraph(float, method);
  expect(artifact.graph.nodes.map(node => node.qualifiedType)).toContain(operator);
  expect(report.floatReasons).toEqual([]);
  // By onnxruntime, with optimisations on and off.
  expect(report.comparison.minSqnrDb).toBeGreaterThan(33);
});
