/** One constant in several roles, and constants in unusual places. */
import { tensorAttribute } from '../../../src/core/ir/attribute.ts';
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, float, subgraph } from '../model-builder.ts';
import { f32, IMAGE, ints, out, ROWS } from './parts.ts';

export const SHARED_WEIGHTS: Readonly<Record<string, () => Model>> = {
  'a weight read by a Conv and, reshaped, by a Gemm': () =>
    buildModel({
      inputs: { ...IMAGE, z: ['float32', [2, 4]] },
      initializers: { w: f32([6, 4, 1, 1]), shape: ints(6, 4), v: f32([6, 6, 3, 3], 2) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['a'] },
        { op: 'Conv', in: ['a', 'v'], out: ['y'] },
        { op: 'Reshape', in: ['w', 'shape'], out: ['m'] },
        { op: 'Gemm', in: ['z', 'm'], out: ['g'], attrs: { transB: 1 } },
      ],
      outputs: out('y', 'g'),
    }),
  'one matrix read straight by MatMul and transposed by Gemm': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), c: f32([16], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Gemm', in: ['a', 'w', 'c'], out: ['b'], attrs: { transB: 1 } },
        { op: 'Gemm', in: ['b', 'w'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a matrix that is weight of one MatMul and data of another': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'MatMul', in: ['w', 'v'], out: ['z'] },
      ],
      outputs: out('y', 'z'),
    }),
  'a weight that is added to the activations too': () =>
    buildModel({
      inputs: { x: ['float32', [16, 16]] },
      initializers: { w: f32([16, 16]), v: f32([16, 16], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Add', in: ['a', 'w'], out: ['b'] },
        { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'an initializer that is a graph output': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 8]) },
      nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
      outputs: { y: ['float32', [4, 8]], w: ['float32', [16, 8]] },
    }),
  'initializers that are graph inputs': () =>
    buildModel({
      irVersion: 3,
      opset: 8,
      inputs: { ...IMAGE, w: ['float32', [6, 4, 3, 3]], b: ['float32', [6]] },
      initializers: { w: f32([6, 4, 3, 3]), b: f32([6], 2), v: f32([6, 6, 3, 3], 3) },
      nodes: [
        { op: 'Conv', in: ['x', 'w', 'b'], out: ['a'] },
        { op: 'Conv', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  // In IR version 3 and before the type may be that of the initializer.
  'an initializer that is a graph input without a type': () =>
    buildModel({
      irVersion: 3,
      opset: 17,
      inputs: { ...IMAGE, b: undefined },
      initializers: { w: f32([6, 4, 3, 3]), b: f32([6], 2), v: f32([6, 6, 3, 3], 3) },
      nodes: [
        { op: 'Conv', in: ['x', 'w', 'b'], out: ['a'] },
        { op: 'Conv', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'weights in Constant nodes of a Conv and a Gemm with bias': () =>
    buildModel({
      inputs: IMAGE,
      nodes: [
        { op: 'Constant', out: ['w'], attrs: { value: tensorAttribute(f32([6, 4, 3, 3])) } },
        { op: 'Constant', out: ['b'], attrs: { value: tensorAttribute(f32([6], 2)) } },
        { op: 'Conv', in: ['x', 'w', 'b'], out: ['a'] },
        { op: 'Flatten', in: ['a'], out: ['f'] },
        { op: 'Constant', out: ['u'], attrs: { value: tensorAttribute(f32([216, 10], 3)) } },
        { op: 'Constant', out: ['c'], attrs: { value: tensorAttribute(f32([10], 4)) } },
        { op: 'Gemm', in: ['f', 'u', 'c'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a bias that is the output of another branch': () =>
    buildModel({
      inputs: { ...IMAGE, z: ['float32', [6]] },
      initializers: { w: f32([6, 4, 3, 3]), v: f32([6, 6, 3, 3], 2) },
      nodes: [
        { op: 'Conv', in: ['x', 'w', 'z'], out: ['a'] },
        { op: 'Conv', in: ['a', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a bias that is the weight vector of a later Mul': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), b: f32([16], 2), v: f32([16, 16], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'b'], out: ['a'] },
        { op: 'Mul', in: ['a', 'b'], out: ['c'] },
        { op: 'Gemm', in: ['c', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'both operands of MatMul are the same value': () =>
    buildModel({
      inputs: { x: ['float32', [8, 8]] },
      initializers: { w: f32([8, 8]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'MatMul', in: ['a', 'a'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a value added to itself between convolutions': () =>
    buildModel({
      inputs: IMAGE,
      initializers: { w: f32([4, 4, 3, 3]), v: f32([4, 4, 3, 3], 2) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['a'] },
        { op: 'Add', in: ['a', 'a'], out: ['b'] },
        { op: 'Conv', in: ['b', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a graph input that is a graph output': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 8]) },
      nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
      outputs: { y: ['float32', [4, 8]], x: ['float32', [4, 16]] },
    }),
  'a bias shared by a Gemm, a Mul and a Gemm in a branch': () =>
    buildModel({
      inputs: { ...ROWS, c: ['bool', []] },
      initializers: { w: f32([16, 16]), b: f32([16], 2), v: f32([16, 16], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'b'], out: ['a'] },
        { op: 'Mul', in: ['a', 'b'], out: ['m'] },
        {
          op: 'If',
          in: ['c'],
          out: ['y'],
          attrs: {
            then_branch: subgraph({
              nodes: [{ op: 'Gemm', in: ['m', 'v', 'b'], out: ['t'] }],
              outputs: out('t'),
            }),
            else_branch: subgraph({
              nodes: [{ op: 'Add', in: ['m', 'b'], out: ['e'] }],
              outputs: out('e'),
            }),
          },
        },
      ],
      outputs: out('y'),
    }),
  'one weight in Gemms of two alphas': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), c: f32([16], 3) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'c'], out: ['a'], attrs: { alpha: float(0.5) } },
        { op: 'Gemm', in: ['a', 'w', 'c'], out: ['y'], attrs: { alpha: float(2) } },
      ],
      outputs: out('y'),
    }),
  'one weight in Gemms of two alphas whose results are added': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), c: f32([16], 3), v: f32([16, 8], 2) },
      nodes: [
        { op: 'Gemm', in: ['x', 'w', 'c'], out: ['a'], attrs: { alpha: float(0.5) } },
        { op: 'Gemm', in: ['x', 'w'], out: ['b'], attrs: { alpha: float(3) } },
        { op: 'Add', in: ['a', 'b'], out: ['p'] },
        { op: 'MatMul', in: ['p', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
};
