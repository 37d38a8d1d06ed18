import { expect, test } from 'vitest';
import { printModel } from '../../../src/core/ir/print.ts';
import { buildModel, float, subgraph, tensor } from '../../support/model-builder.ts';

test('prints what a reader needs, in an order of its own', () => {
  const model = buildModel({
    opset: 17,
    domains: { 'com.microsoft': 1 },
    inputs: { x: ['float32', ['N', undefined, 8]], c: ['bool', []] },
    initializers: { w: tensor('int64', [2], [1, 2]) },
    nodes: [
      {
        op: 'Gelu',
        domain: 'com.microsoft',
        in: ['x', '', 'w'],
        out: ['y', ''],
        attrs: { b: [1, 2], a: float(1.5) },
      },
      { op: 'If', in: ['c'], out: ['z'], attrs: { then_branch: subgraph({ outputs: { y: undefined } }) } },
    ],
    outputs: { z: undefined },
  });
  expect(printModel(model)).toBe(`graph g [opset 17, com.microsoft 1]
  in   x: float32[N,?,8]
  in   c: bool[]
  init w: int64[2]
  y, _ = com.microsoft.Gelu(x, _, w) {a=1.5, b=[1,2]} # y
  z = If(c) {then_branch=<graph>} # z
    graph g [then_branch]
      out  y
  out  z
`);
});
