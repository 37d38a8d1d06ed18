/** Which nodes run on 8-bit values, and the reason of each that does not. */
import { expect, test } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { selectNodes } from '../../../../src/core/quantization/static/selection.ts';
import { buildModel, noise, tensor } from '../../../support/model-builder.ts';

const f32 = (dims: number[]) => tensor('float32', dims, noise(dims.reduce((a, b) => a * b, 1)));

/** Node name to `8-bit`, `8-bit -> float` or the code of its reason. Types are given, as the runtime would infer them. */
function choices(model: Model, excluded: readonly string[] = []): Record<string, string> {
  for (const node of model.graph.nodes)
    for (const output of node.outputs)
      if (output) output.type ??= { kind: 'tensor', dtype: 'float32', dims: undefined };
  const { selected, reasons } = selectNodes(model.graph, node =>
    excluded.includes(node.name) ? { code: 'excluded', text: '' } : undefined,
  );
  return Object.fromEntries(
    model.graph.nodes.map(node => {
      const found = selected.get(node);
      const words = found ? (found.outputs.length > 0 ? '8-bit' : '8-bit -> float') : reasons.get(node)!.code;
      return [node.name, words];
    }),
  );
}

const residual = () =>
  buildModel({
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: { w: f32([4, 4, 1, 1]), fc: f32([4, 10]), shape: tensor('int64', [2], [1, 4]) },
    nodes: [
      { op: 'Conv', in: ['x', 'w'], out: ['a'] },
      { op: 'Relu', in: ['a'], out: ['b'] },
      { op: 'Conv', in: ['b', 'w'], out: ['c'] },
      { op: 'Add', in: ['b', 'c'], out: ['d'] },
      { op: 'GlobalAveragePool', in: ['d'], out: ['e'] },
      { op: 'Reshape', in: ['e', 'shape'], out: ['f'] },
      { op: 'MatMul', in: ['f', 'fc'], out: ['g'] },
      { op: 'Softmax', in: ['g'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 10]] },
  });

test('a CNN stays in 8 bits from the first convolution to the classifier', () => {
  expect(choices(residual())).toEqual({
    a: '8-bit',
    b: '8-bit',
    c: '8-bit',
    d: '8-bit',
    e: '8-bit',
    f: '8-bit',
    g: '8-bit -> float',
    y: 'operator_not_supported',
  });
});

test('what reads or feeds an excluded node leaves with it when it would only add conversions', () => {
  expect(choices(residual(), ['g'])).toMatchObject({
    d: 'no_gain',
    e: 'no_gain',
    f: 'no_gain',
    g: 'excluded',
  });
});

test('attention: products in 8 bits, scores, mask and residual in float', () => {
  const model = buildModel({
    inputs: { x: ['float32', [4, 8]] },
    initializers: { q: f32([8, 8]), k: f32([8, 8]), mask: f32([4, 4]), half: tensor('float32', [], [0.5]) },
    nodes: [
      { op: 'MatMul', in: ['x', 'q'], out: ['a'] },
      { op: 'MatMul', in: ['x', 'k'], out: ['b'] },
      { op: 'Transpose', in: ['b'], out: ['bt'] },
      { op: 'MatMul', in: ['a', 'bt'], out: ['scores'] },
      { op: 'Mul', in: ['scores', 'half'], out: ['scaled'] },
      { op: 'Add', in: ['scaled', 'mask'], out: ['masked'] },
      { op: 'Softmax', in: ['masked'], out: ['p'] },
      { op: 'MatMul', in: ['p', 'a'], out: ['mixed'] },
      { op: 'Add', in: ['mixed', 'x'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 8]] },
  });
  expect(choices(model)).toEqual({
    a: '8-bit',
    b: '8-bit',
    bt: '8-bit',
    scores: '8-bit -> float',
    scaled: 'no_gain',
    masked: 'no_gain',
    p: 'operator_not_supported',
    mixed: '8-bit -> float',
    y: 'no_gain',
  });
});
