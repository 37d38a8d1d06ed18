/** Gemm with a C that is no bias: the same numbers as onnxruntime's Gemm, and a product that integer kernels have. */
import { expect, test } from 'vitest';
import { validate } from '../../../src/core/ir/validate.ts';
import { foldGemmScalars } from '../../../src/core/passes/fold-gemm-scalars.ts';
import { splitGemmSums } from '../../../src/core/passes/split-gemm-sums.ts';
import { buildModel, float, type NodeSpec, noise, noiseTensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { feed, runModel, sqnrDb } from '../../support/run-model.ts';

const ROWS = 5;
const COLUMNS = 3;

function gemm(attrs: NodeSpec['attrs'], c: readonly number[], constant = false) {
  const transposed = attrs?.transB === 1;
  return buildModel({
    opset: 17,
    inputs: { x: ['float32', ['N', 4]], ...(!constant && { c: ['float32', c] as const }) },
    initializers: {
      w: noiseTensor(transposed ? [COLUMNS, 4] : [4, COLUMNS], 2),
      ...(constant && { c: noiseTensor(c, 3) }),
    },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'], attrs: attrs ?? {} }],
    outputs: { y: ['float32', ['N', COLUMNS]] },
  });
}

const CASES: readonly (readonly [string, ReturnType<typeof gemm>, readonly string[]])[] = [
  ['a matrix', gemm({}, [ROWS, COLUMNS]), ['MatMul', 'Add']],
  ['a row', gemm({ transB: 1 }, [COLUMNS]), ['Gemm', 'Add']],
  ['a column', gemm({ alpha: float(2) }, [ROWS, 1]), ['Gemm', 'Add']],
  ['a scalar with beta', gemm({ beta: float(-0.5) }, []), ['MatMul', 'Mul', 'Add']],
  ['beta 0', gemm({ beta: float(0), transB: 1, alpha: float(3) }, [1, 1]), ['Gemm']],
  ['a constant column', gemm({ beta: float(4) }, [ROWS, 1], true), ['MatMul', 'Mul', 'Add']],
];

test.each(CASES)('C that is %s', async (_, model, operators) => {
  const feeds = {
    x: feed([ROWS, 4], noise(ROWS * 4, 5)),
    ...Object.fromEntries(
      model.graph.inputs.slice(1).map(({ name, dims }) => {
        const shape = dims as number[];
        return [
          name,
          feed(
            shape,
            noise(
              shape.reduce((all, size) => all * size, 1),
              6,
            ),
          ),
        ];
      }),
    ),
  };
  const expected = (await runModel(model, feeds)).get('y')!;
  expect(splitGemmSums.run(model)).toEqual({ changed: 1 });
  foldGemmScalars.run(model);
  validate(model);
  expect(model.graph.nodes.map(({ opType }) => opType)).toEqual(operators);
  expect(model.graph.nodes.every(node => !node.attributes.has('alpha') && !node.attributes.has('beta'))).toBe(
    true,
  );
  expect(sqnrDb(expected, (await runModel(model, feeds)).get('y')!)).toBeGreaterThan(120);
});

test.each([
  ['a constant row', gemm({ beta: float(2) }, [COLUMNS], true)],
  ['a constant scalar', gemm({}, [], true)],
  ['a row of a matrix', gemm({}, [1, COLUMNS], true)],
])('%s is a bias and stays', (_, model) => {
  expect(splitGemmSums.run(model)).toEqual({ changed: 0 });
});

test('a C that a node computes, whose type nobody has told yet', async () => {
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [8, 16]] },
    initializers: { w: noiseTensor([16, 16], 1), v: noiseTensor([16, 16], 2) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
      { op: 'Tanh', in: ['h'], out: ['t'] },
      { op: 'Gemm', in: ['t', 'v', 'h'], out: ['y'] },
    ],
    outputs: { y: ['float32', [8, 16]] },
  });
  const { artifact, report } = await quantizeGraph(model, { type: 'static-int8', format: 'qoperator' });
  expect(artifact.graph.nodes.filter(({ opType }) => opType === 'MatMulIntegerToFloat')).toHaveLength(2);
  expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
});

/** onnxruntime's basic optimisation makes the second product and the residual sum a Gemm. */
const residual = buildModel({
  opset: 17,
  inputs: { x: ['float32', [8, 32]] },
  initializers: { w: noiseTensor([32, 48], 1), v: noiseTensor([48, 32], 2, at => at / 4) },
  nodes: [
    { op: 'MatMul', in: ['x', 'w'], out: ['h'] },
    { op: 'Relu', in: ['h'], out: ['r'] },
    { op: 'MatMul', in: ['r', 'v'], out: ['s'] },
    { op: 'Add', in: ['s', 'x'], out: ['y'] },
  ],
  outputs: { y: ['float32', [8, 32]] },
});

test.each([
  [{ type: 'static-int8' }, 'MatMul'],
  [{ type: 'static-int8', format: 'qoperator' }, 'MatMulIntegerToFloat'],
  [{ type: 'dynamic-int8' }, 'MatMulInteger'],
  [{ type: 'weight-only-int8' }, 'MatMulNBits'],
])('%o quantizes both products of a residual block', async (method, operator) => {
  const { artifact, report } = await quantizeGraph(residual, method);
  const operators = artifact.graph.nodes.map(({ opType }) => opType);
  expect(operators).toContain(operator);
  expect(operators).not.toContain('Gemm');
  expect(report.floatNodes.map(({ opType }) => opType)).not.toContain('MatMul');
  expect(report.comparison.minSqnrDb).toBeGreaterThan(35);
});
