import { describe, expect, test } from 'vitest';
import { buildModel, noise, noiseTensor, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';
import { bytesOf, runBytes } from '../support/run-bytes.ts';
import { sqnrDb } from '../support/run-model.ts';

describe('float16 where constants become zero', () => {
  const modelOf = (epsilon: readonly number[]) =>
    buildModel({
      opset: 17,
      inputs: { x: ['float32', [4, 2]] },
      initializers: {
        w: noiseTensor([2, 2], 3),
        epsilon: tensor('float32', [epsilon.length], epsilon),
      },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Mul', in: ['a', 'epsilon'], out: ['b'] },
        { op: 'Div', in: ['b', 'epsilon'], out: ['y'] },
      ],
      outputs: { y: ['float32', [4, 2]] },
    });

  test('a node whose constant vanishes stays float32', async () => {
    const model = modelOf([1e-12]);
    const { report, bytes } = await quantizeGraph(model, { type: 'float16' });
    expect(report.floatReasons.map(({ reason }) => reason)).toEqual(['its constant "epsilon" would be zero']);
    const feeds = {
      x: { dtype: 'float32', dims: [4, 2], data: Float32Array.from(noise(8, 5)) },
    } as const;
    const [expected, got] = await Promise.all(
      [bytesOf(model), bytes].map(async each => (await runBytes(each, feeds, 'all')).y?.data as Float32Array),
    );
    expect(sqnrDb(expected!, got!)).toBeGreaterThan(50);
  });

  test('where a part of it does, and the outputs are not finite, the method is refused', async () => {
    await expect(quantizeGraph(modelOf([1, 1e-12]), { type: 'float16' })).rejects.toMatchObject({
      code: 'artifact_not_finite',
      place: { node: 'y' },
    });
  });
});

test('a model in which rounding decides is refused as such, not as a fault of the preparation', async () => {
  // (c + 1e7) keeps no digit of c; folded into the convolution's bias, the two large numbers meet each other alone.
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', [1, 2, 6, 6]] },
    initializers: {
      w: noiseTensor([2, 2, 3, 3], 7),
      bias: tensor('float32', [2], [0, 0]),
      up: tensor('float32', [1, 2, 1, 1], [1e7, 1e7]),
      down: tensor('float32', [1, 2, 1, 1], [-1e7, -1e7]),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w', 'bias'], out: ['c'] },
      { op: 'Add', in: ['c', 'up'], out: ['d'] },
      { op: 'Add', in: ['d', 'down'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 2, 4, 4]] },
  });
  await expect(quantizeGraph(model, { type: 'static-int8' })).rejects.toMatchObject({
    code: 'model_ill_conditioned',
  });
});
