/**
 * float16 overflows where a CPU, which computes in float32, does not show it: values beyond 65504 (IEEE 754 binary16) are
 * found on data. What a value really reaches is taken from onnxruntime here, through an output of its own.
 */
import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { readModel } from '../../../src/core/onnx/read.ts';
import { buildModel, noise, noiseTensor, tensor } from '../../support/model-builder.ts';
import { type GraphResult, quantizeGraph } from '../../support/quantize-graph.ts';
import { bytesOf } from '../../support/run-bytes.ts';
import { feed, runModel } from '../../support/run-model.ts';

const DIMS = [4, 16];
const BINARY16_MAX = 65504;

/** x through a product that may be large and back, a mask of -Infinity, and a product that is small all along. */
function modelOf(scale: number): Model {
  return buildModel({
    opset: 17,
    inputs: { x: ['float32', DIMS] },
    initializers: {
      w: noiseTensor([16, 16], 3, at => at * scale),
      down: tensor('float32', [], [1 / scale]),
      small: noiseTensor([16, 16], 4),
      masked: tensor(
        'bool',
        [16],
        Array.from({ length: 16 }, (_, index) => (index < 2 ? 1 : 0)),
      ),
      never: tensor('float32', [], [Number.NEGATIVE_INFINITY]),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['large'] },
      { op: 'Relu', in: ['large'], out: ['positive'] },
      { op: 'Mul', in: ['positive', 'down'], out: ['back'] },
      { op: 'MatMul', in: ['back', 'small'], out: ['scores'] },
      { op: 'Where', in: ['masked', 'never', 'scores'], out: ['open'] },
      { op: 'Softmax', in: ['open'], out: ['y'] },
    ],
    outputs: { y: ['float32', DIMS] },
  });
}

const floatNodes = ({ report }: GraphResult) =>
  report.floatNodes.flatMap(({ code, node }) => (code === 'range_not_covered' ? [node] : [])).sort();

/** Values of the float model whose largest finite element is beyond the range, by onnxruntime. */
async function beyond(model: Model): Promise<readonly string[]> {
  const shown = readModel(bytesOf(model));
  for (const node of shown.graph.nodes)
    for (const value of node.outputs)
      if (value && !shown.graph.outputs.includes(value)) shown.graph.outputs.push(value);
  const values = await runModel(shown, { x: feed(DIMS, noise(64, 9)) });
  return [...values]
    .filter(([, data]) => data.some(x => Number.isFinite(x) && Math.abs(x) > BINARY16_MAX))
    .map(([name]) => name);
}

test('a value that goes beyond float16 inside the model: the nodes beside stay float32, and the report says so', async () => {
  const model = modelOf(1e5);
  expect(await beyond(model)).toEqual(['large', 'positive']);
  const result = await quantizeGraph(model, { type: 'float16' });
  expect(floatNodes(result)).toEqual(['large', 'positive']);
  // Its factor of 1e-5 has few bits in float16.
  expect(result.report.floatNodes).toContainEqual(expect.objectContaining({ node: 'back' }));
  expect(result.report.warnings.join('\n')).toMatch(
    /The values "large" \(\d+\), "positive" \(\d+\) went beyond float16's 65504/,
  );
  // In float16 is what is left, and nothing that it holds overflows.
  const halves = result.artifact.graph.nodes.filter(node => node.outputs[0]?.name.endsWith('_float16'));
  expect(halves.map(node => node.opType)).toEqual(expect.arrayContaining(['MatMul', 'Where', 'Softmax']));
});

test('a value that comes close is told of and stays float16; a small one is not told of', async () => {
  const close = await quantizeGraph(modelOf(4600), { type: 'float16' });
  expect(floatNodes(close)).toEqual([]);
  expect(close.report.warnings.join('\n')).toMatch(/came within a factor of 2 of float16's 65504/);
  const small = await quantizeGraph(modelOf(10), { type: 'float16' });
  expect(small.report.warnings.join('\n')).not.toMatch(/65504/);
});

test('a value that stays below 2^-14, the smallest normal binary16: the nodes beside stay float32', async () => {
  const model = buildModel({
    inputs: { x: ['float32', DIMS] },
    initializers: {
      w: noiseTensor([16, 16], 3),
      down: tensor('float32', [], [1e-3]),
      back: tensor('float32', [], [1e6]),
      v: noiseTensor([16, 16], 4),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'Mul', in: ['a', 'down'], out: ['small'] },
      { op: 'Mul', in: ['small', 'down'], out: ['tiny'] },
      { op: 'Mul', in: ['tiny', 'back'], out: ['b'] },
      { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
    ],
    outputs: { y: ['float32', DIMS] },
  });
  const result = await quantizeGraph(model, { type: 'float16' });
  // "back" is beyond float16, too.
  expect(floatNodes(result)).toEqual(['b', 'tiny']);
  expect(result.report.comparison.minSqnrDb).toBeGreaterThan(60);
  expect(result.report.warnings.join('\n')).toMatch(
    /"tiny" \(\S+\) stayed below float16's smallest normal number/,
  );
});

test('factors that are tiny themselves need no data: 1e-6 keeps four bits', async () => {
  const model = (op: string) =>
    buildModel({
      inputs: { x: ['float32', DIMS] },
      initializers: { w: noiseTensor([16, 16], 3), k: tensor('float32', [], [1e-6]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op, in: ['a', 'k'], out: ['y'] },
      ],
      outputs: { y: ['float32', DIMS] },
    });
  const without = { calibration: undefined };
  const { report } = await quantizeGraph(model('Mul'), { type: 'float16' }, without);
  expect(report.floatNodes).toMatchObject([{ node: 'y', code: 'operator_not_supported' }]);
  expect(report.comparison.minSqnrDb).toBeGreaterThan(60);
  // Added, it may lose bits.
  expect((await quantizeGraph(model('Add'), { type: 'float16' }, without)).report.floatNodes).toEqual([]);
});

test('without data nothing is looked at', async () => {
  const { report } = await quantizeGraph(modelOf(1e5), { type: 'float16' }, { calibration: undefined });
  expect(report.floatReasons.map(({ code }) => code)).not.toContain('range_not_covered');
  expect(report.calibration).toBeUndefined();
});
