/** Gemm with scalars: the same numbers as onnxruntime's Gemm, and left alone where constants cannot take the scalars. */
import { expect, test } from 'vitest';
import { validate } from '../../../src/core/ir/validate.ts';
import { foldGemmScalars } from '../../../src/core/passes/fold-gemm-scalars.ts';
import { splitGemmSums } from '../../../src/core/passes/split-gemm-sums.ts';
import { buildModel, float, type NodeSpec, noise, noiseTensor, tensor } from '../../support/model-builder.ts';
import { feed, runModel, sqnrDb } from '../../support/run-model.ts';

interface Given {
  readonly attrs: NodeSpec['attrs'];
  readonly c?: readonly number[];
  /** Shape of C. */
  readonly dims?: readonly number[];
  readonly opset?: number;
}

function gemm({ attrs, c = [0.5, -1, 2], dims = [c.length], opset = 17 }: Given) {
  return buildModel({
    opset,
    inputs: { x: ['float32', [5, 3]] },
    initializers: { w: noiseTensor([3, 3], 2), c: tensor('float32', dims, c) },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'c'], out: ['y'], attrs: attrs ?? {} }],
    outputs: { y: ['float32', [5, 3]] },
  });
}

const INFINITE = [Number.POSITIVE_INFINITY, 1, Number.NaN];

test.each<readonly [string, Given, number]>([
  ['alpha and beta', { attrs: { alpha: float(0.3), beta: float(-2) } }, 3],
  ['any number but 0 transposes B', { attrs: { transB: 151, alpha: float(2) } }, 3],
  ['the largest number transposes B', { attrs: { transB: 2n ** 63n - 1n, beta: float(3) } }, 3],
  ['C that is not read, as its beta is 0', { attrs: { beta: float(0) }, c: INFINITE }, 2],
  ['an opset that asks for a C', { attrs: { beta: float(0) }, c: INFINITE, opset: 10 }, 3],
  ['one value for all columns', { attrs: {}, c: [4], dims: [1, 1] }, 3],
])('%s', async (_, given, inputs) => {
  const model = gemm(given);
  const feeds = { x: feed([5, 3], noise(15, 5)) };
  const expected = (await runModel(model, feeds)).get('y')!;
  expect(foldGemmScalars.run(model)).toEqual({ changed: 1 });
  validate(model);
  const [node] = model.graph.nodes;
  expect(node?.inputs).toHaveLength(inputs);
  expect([node?.float('alpha', 1), node?.float('beta', 1)]).toEqual([1, 1]);
  expect(sqnrDb(expected, (await runModel(model, feeds)).get('y')!)).toBeGreaterThan(120);
});

test.each([1e-45, 1e-38, 3.4e38, -1e39, Number.NaN])('%d is not moved into constants', factor => {
  const large = [1e10, 2, 3];
  for (const attrs of [{ alpha: float(factor) }, { beta: float(factor) }]) {
    const model = gemm({ attrs, c: large });
    model.graph.initializers[0]!.initializer = tensor('float32', [3, 3], [...large, ...large, ...large]);
    // 1e-38 of 1e10 is a float32 with all its digits.
    expect(foldGemmScalars.run(model)).toEqual({ changed: factor === 1e-38 ? 1 : 0 });
  }
});

test('a C that has to be there is not taken out', () => {
  const model = gemm({ attrs: { transB: 1 }, c: noise(15, 3), dims: [5, 3], opset: 10 });
  expect(splitGemmSums.run(model)).toEqual({ changed: 0 });
});
