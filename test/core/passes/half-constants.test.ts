/** There and back: the numbers are those of the float16 constant, to the last bit; others stay what they are. */
import { expect, test } from 'vitest';
import { narrowHalfConstants } from '../../../src/core/passes/narrow-half-constants.ts';
import { widenHalfConstants } from '../../../src/core/passes/widen-half-constants.ts';
import { elements } from '../../../src/core/tensor/tensor.ts';
import { toFloat32 } from '../../../src/core/tensor/to-float32.ts';
import { buildModel, noise, noiseTensor, tensor } from '../../support/model-builder.ts';

const HALF = tensor('float16', [32, 32], [...noise(1021), 6e-8, -0, 65504]);
const model = () =>
  buildModel({
    inputs: { x: ['float32', [4, 32]] },
    initializers: { h: HALF, f: noiseTensor([32, 32], 3) },
    nodes: [
      { op: 'Cast', in: ['h'], out: ['w'], attrs: { to: 1 } },
      { op: 'Cast', in: ['h'], out: ['z'], attrs: { to: 1 } },
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'MatMul', in: ['a', 'f'], out: ['y'] },
    ],
    outputs: { y: ['float32', [4, 32]], z: ['float32', [32, 32]] },
  });

test('a constant behind a Cast becomes float32, but for one that is an output', () => {
  const made = model();
  const { graph } = made;
  const changed = widenHalfConstants.run(made).changed;
  expect(changed).toBe(1);
  expect(graph.nodes.map(({ opType }) => opType)).toEqual(['Cast', 'MatMul', 'MatMul']);
  const weight = graph.nodes[1]!.inputs[1]!;
  expect(weight.initializer!.dtype).toBe('float32');
  expect([...elements(weight.initializer!, 'float32')]).toEqual([...toFloat32(HALF)]);
});

test('and float16 again where float16 holds it and it was there before lowering', () => {
  const made = model();
  widenHalfConstants.run(made);
  narrowHalfConstants(made, new Set(['f']));
  expect(made.graph.nodes).toHaveLength(3);
  narrowHalfConstants(made, new Set(['f', 'w']));
  const [cast] = made.graph.nodes;
  expect(cast!.opType).toBe('Cast');
  expect([...cast!.inputs[0]!.initializer!.bytes()]).toEqual([...HALF.bytes()]);
  expect(made.graph.nodes.map(({ opType }) => opType)).toEqual(['Cast', 'Cast', 'MatMul', 'MatMul']);
  expect(made.graph.initializers.find(({ name }) => name === 'f')!.initializer!.dtype).toBe('float32');
});
