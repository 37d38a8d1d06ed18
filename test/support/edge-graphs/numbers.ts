/** Weights and activations of extreme size, and element types beside float32. */
import type { Model } from '../../../src/core/ir/model.ts';
import type { Tensor } from '../../../src/core/tensor/tensor.ts';
import { buildModel, noise, noiseTensor, tensor } from '../model-builder.ts';
import { f32, out, ROWS, scalar } from './parts.ts';

/** Two products whose first weight is given: x (w / size) stays in range when the second undoes the size. */
const product = (w: Tensor, back = 1): Model =>
  buildModel({
    inputs: ROWS,
    initializers: { w, v: f32([16, 8], 2), back: scalar(back) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'Mul', in: ['a', 'back'], out: ['b'] },
      { op: 'MatMul', in: ['b', 'v'], out: ['y'] },
    ],
    outputs: out('y'),
  });
const conv = (w: Tensor, b: Tensor): Model =>
  buildModel({
    inputs: { x: ['float32', [1, 4, 6, 6]] },
    initializers: { w, b, v: f32([6, 6, 3, 3], 2) },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'b'], out: ['a'] },
      { op: 'Conv', in: ['a', 'v'], out: ['y'] },
    ],
    outputs: out('y'),
  });
const scaledChannel = (size: number): Tensor =>
  noiseTensor([6, 4, 3, 3], 1, (x, index) => x * 0.3 * (index < 36 ? size : 1));

export const NUMBERS: Readonly<Record<string, () => Model>> = {
  'weights of 1e30': () =>
    product(
      noiseTensor([16, 16], 1, x => x * 1e30),
      1e-30,
    ),
  'weights that are subnormal': () =>
    product(
      noiseTensor([16, 16], 1, x => x * 1e-41),
      1e38,
    ),
  'weights of 1e-30': () =>
    product(
      noiseTensor([16, 16], 1, x => x * 1e-30),
      1e30,
    ),
  'weights that are all zero': () => product(noiseTensor([16, 16], 1, () => 0)),
  'weights that are one number': () => product(noiseTensor([16, 16], 1, () => 0.25)),
  'weights of one sign': () => product(noiseTensor([16, 16], 1, x => Math.abs(x))),
  'a channel of zeros': () => conv(scaledChannel(0), f32([6], 3)),
  'a channel of subnormals with a bias': () => conv(scaledChannel(1e-42), f32([6], 3)),
  'a bias far larger than its channel': () =>
    conv(
      scaledChannel(1e-6),
      noiseTensor([6], 3, x => x * 50),
    ),
  'a float64 branch beside': () =>
    buildModel({
      inputs: { ...ROWS, d: ['float64', [4, 8]] },
      initializers: { w: f32([16, 8]), u: tensor('float64', [8, 8], noise(64, 4)) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'MatMul', in: ['d', 'u'], out: ['e'] },
        { op: 'Cast', in: ['e'], out: ['z'], attrs: { to: 1 } },
      ],
      outputs: out('y', 'z'),
    }),
  'a model of float64 alone': () =>
    buildModel({
      inputs: { x: ['float64', [4, 16]] },
      initializers: { w: tensor('float64', [16, 8], noise(128, 4)) },
      nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
      outputs: { y: ['float64', [4, 8]] },
    }),
  'float16 between float32 products': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 16]), h: tensor('float16', [16, 16], noise(256, 4)), v: f32([16, 8], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Cast', in: ['a'], out: ['b'], attrs: { to: 10 } },
        { op: 'MatMul', in: ['b', 'h'], out: ['c'] },
        { op: 'Cast', in: ['c'], out: ['d'], attrs: { to: 1 } },
        { op: 'MatMul', in: ['d', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'a mask of -1e9 before a Softmax': () =>
    buildModel({
      inputs: ROWS,
      initializers: {
        w: f32([16, 16], 1, 1),
        mask: noiseTensor([16, 16], 9, (_, i) => (i % 16 > i / 16 ? -1e9 : 0)),
        q: f32([16, 4], 4),
        v: f32([16, 8], 2),
      },
      nodes: [
        { op: 'MatMul', in: ['w', 'q'], out: ['k'] },
        { op: 'MatMul', in: ['k', 'x'], out: ['s'] },
        { op: 'Add', in: ['s', 'mask'], out: ['m'] },
        { op: 'Softmax', in: ['m'], out: ['p'] },
        { op: 'MatMul', in: ['p', 'v'], out: ['y'] },
      ],
      outputs: out('y'),
    }),
  'an output that is constant': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 8]), c: f32([8, 4], 2), d: f32([4, 4], 3) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'MatMul', in: ['c', 'd'], out: ['z'] },
      ],
      outputs: out('y', 'z'),
    }),
  'an output that is all zero': () =>
    buildModel({
      inputs: ROWS,
      initializers: { w: f32([16, 8]), lo: scalar(0), hi: scalar(0) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'Clip', in: ['y', 'lo', 'hi'], out: ['z'] },
      ],
      outputs: out('y', 'z'),
    }),
};
