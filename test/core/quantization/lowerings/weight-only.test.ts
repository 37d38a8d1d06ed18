import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { Observers } from '../../../../src/core/calibration/observers.ts';
import type { Model } from '../../../../src/core/ir/model.ts';
import { writeModel } from '../../../../src/core/onnx/write.ts';
import { weightOnlyInt4, weightOnlyInt8 } from '../../../../src/core/quantization/methods/weight-only.ts';
import { buildModel, noise, subgraph, tensor } from '../../../support/model-builder.ts';
import { sqnrDb } from '../../../support/run-model.ts';

async function run(model: Model, feeds: Record<string, OrtTensor>): Promise<Float32Array> {
  const session = await InferenceSession.create(Buffer.concat(writeModel(model).chunks), {
    logSeverityLevel: 3,
  });
  const outputs = await session.run(feeds);
  return outputs.y?.data as Float32Array;
}

const W = noise(73 * 24, 3);
const feeds = { x: new OrtTensor('float32', Float32Array.from(noise(5 * 73, 9)), [5, 73]) };
const io = { inputs: { x: ['float32', [5, 73]] }, outputs: { y: ['float32', [5, 24]] } } as const;

const models: Readonly<Record<string, () => Model>> = {
  MatMul: () =>
    buildModel({
      ...io,
      initializers: { w: tensor('float32', [73, 24], W) },
      nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    }),
  'Gemm with a bias': () =>
    buildModel({
      ...io,
      initializers: { w: tensor('float32', [73, 24], W), b: tensor('float32', [24], noise(24, 5)) },
      nodes: [{ op: 'Gemm', in: ['x', 'w', 'b'], out: ['y'] }],
    }),
  'Gemm with transB': () =>
    buildModel({
      ...io,
      initializers: { w: tensor('float32', [24, 73], W), b: tensor('float32', [1], [0.5]) },
      nodes: [{ op: 'Gemm', in: ['x', 'w', 'b'], out: ['y'], attrs: { transB: 1 } }],
    }),
  'a weight read twice': () =>
    buildModel({
      ...io,
      initializers: { w: tensor('float32', [73, 24], W) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Neg', in: ['x'], out: ['n'] },
        { op: 'MatMul', in: ['n', 'w'], out: ['b'] },
        { op: 'Sub', in: ['a', 'b'], out: ['y'] },
      ],
    }),
  'a MatMul inside an If': () => {
    const branch = (name: string) =>
      subgraph({
        name,
        nodes: [{ op: 'MatMul', in: ['x', 'w'], out: [`${name}_y`] }],
        outputs: { [`${name}_y`]: ['float32', [5, 24]] },
      });
    return buildModel({
      ...io,
      initializers: { w: tensor('float32', [73, 24], W), c: tensor('bool', [], [1]) },
      nodes: [
        { op: 'If', in: ['c'], out: ['y'], attrs: { then_branch: branch('t'), else_branch: branch('e') } },
      ],
    });
  },
};

describe.each(Object.entries(models))('%s', (_name, build) => {
  it.each([
    ['4 bits', weightOnlyInt4, {}, 18],
    ['4 bits, symmetric', weightOnlyInt4, { symmetric: true }, 17],
    ['4 bits, int8 activations', weightOnlyInt4, { blockSize: 16, accuracyLevel: 4 }, 18],
    ['4 bits, plain ONNX', weightOnlyInt4, { format: 'qdq' }, 18],
    ['8 bits, symmetric, plain ONNX', weightOnlyInt8, { format: 'qdq', symmetric: true, blockSize: 128 }, 38],
    ['8 bits', weightOnlyInt8, {}, 40],
    ['8 bits, symmetric', weightOnlyInt8, { symmetric: true, blockSize: 128 }, 38],
  ] as const)('runs close to float in %s', async (_bits, method, options, decibels) => {
    const model = build();
    model.opsetImports.set('', Math.max(method.opset?.(options) ?? 0, model.opset));
    model.irVersion = 10;
    const plan = method.plan({ model, options, released: new Map() }, new Observers());
    method.lower(model, plan, options);
    const types = model.graph.nodes.map(node => node.opType);
    if (!types.includes('If'))
      expect(types).toContain('format' in options ? 'DequantizeLinear' : 'MatMulNBits');
    expect(model.graph.initializers.map(value => value.name)).not.toContain('w');
    expect(sqnrDb(await run(build(), feeds), await run(model, feeds))).toBeGreaterThan(decibels);
  });
});

it('says why a node stays float', () => {
  const model = buildModel({
    inputs: { x: ['float32', [2, 4, 8]], z: ['float32', [2, 8, 3]] },
    initializers: { w: tensor('float32', [2, 8, 3], noise(48)) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['batched'] },
      { op: 'MatMul', in: ['x', 'z'], out: ['dynamic'] },
      { op: 'Add', in: ['batched', 'dynamic'], out: ['y'] },
    ],
    outputs: { y: ['float32', [2, 4, 3]] },
  });
  const plan = weightOnlyInt4.plan({ model, options: {}, released: new Map() }, new Observers());
  const codes = [...plan.nodes.values()].map(node =>
    node.action === 'float' ? node.reason.code : node.action,
  );
  expect(codes).toEqual(['shape_not_supported', 'dynamic_weight', 'operator_not_supported']);
});

it('refuses a weight that is not finite', () => {
  const model = buildModel({
    inputs: { x: ['float32', [1, 2]] },
    initializers: { w: tensor('float32', [2, 1], [1, Number.NaN]) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
    outputs: { y: ['float32', [1, 1]] },
  });
  expect(() => weightOnlyInt4.plan({ model, options: {}, released: new Map() }, new Observers())).toThrow(
    /"w" holds NaN/,
  );
});
