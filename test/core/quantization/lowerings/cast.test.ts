import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { expect, it } from 'vitest';
import { Observers } from '../../../../src/core/calibration/observers.ts';
import type { Model } from '../../../../src/core/ir/model.ts';
import { validate } from '../../../../src/core/ir/validate.ts';
import { writeModel } from '../../../../src/core/onnx/write.ts';
import { float16 } from '../../../../src/core/quantization/methods/float16.ts';
import { buildModel, noise, subgraph, tensor } from '../../../support/model-builder.ts';

/** Types of inner values, which the pipeline learns from onnxruntime. */
function typed(model: Model, others: Readonly<Record<string, 'int64' | 'bool'>> = {}): Model {
  for (const node of model.graph.nodes)
    for (const value of node.outputs)
      if (value) value.type ??= { kind: 'tensor', dtype: others[value.name] ?? 'float32', dims: undefined };
  return model;
}

function convert(model: Model, options = {}) {
  const plan = float16.plan({ model, options, released: new Map() }, new Observers());
  float16.lower(model, plan, options);
  validate(model);
  return plan;
}

async function run(model: Model, x: Float32Array, dims: readonly number[], level: 'all' | 'disabled') {
  const session = await InferenceSession.create(Buffer.concat(writeModel(model).chunks), {
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    graphOptimizationLevel: level,
  });
  expect(session.inputMetadata[0]).toMatchObject({ name: 'x', type: 'float32' });
  expect(session.outputMetadata[0]).toMatchObject({ name: 'y', type: 'float32' });
  return (await session.run({ x: new OrtTensor('float32', x, dims) })).y?.data as Float32Array;
}

async function expectClose(build: () => Model, dims: readonly number[], relative: number): Promise<Model> {
  const x = Float32Array.from(
    noise(
      dims.reduce((a, b) => a * b, 1),
      4,
    ),
  );
  const reference = await run(build(), x, dims, 'all');
  const model = build();
  convert(model);
  const largest = reference.reduce((size, value) => Math.max(size, Math.abs(value)), 0);
  for (const level of ['all', 'disabled'] as const) {
    const found = await run(model, x, dims, level);
    expect(found.length).toBe(reference.length);
    found.forEach((value, i) => {
      expect(Math.abs(value - (reference[i] as number))).toBeLessThan(relative * largest);
    });
  }
  return model;
}

it('halves the weights of a convolutional network and keeps its inputs and outputs', async () => {
  const build = () =>
    typed(
      buildModel({
        inputs: { x: ['float32', [2, 3, 8, 8]] },
        initializers: {
          w: tensor('float32', [4, 3, 3, 3], noise(108, 2)),
          b: tensor('float32', [4], noise(4, 3)),
          roi: tensor('float32', [0], []),
          scales: tensor('float32', [4], [1, 1, 2, 2]),
          m: tensor('float32', [4], noise(4, 5)),
          v: tensor('float32', [4], [1, 2, 3, 4]),
        },
        nodes: [
          { op: 'Conv', in: ['x', 'w', 'b'], out: ['c'], attrs: { pads: [1, 1, 1, 1] } },
          { op: 'BatchNormalization', in: ['c', 'v', 'b', 'm', 'v'], out: ['n'] },
          { op: 'Relu', in: ['n'], out: ['r'] },
          { op: 'Resize', in: ['r', 'roi', 'scales'], out: ['u'], attrs: { mode: 'nearest' } },
          { op: 'GlobalAveragePool', in: ['u'], out: ['p'] },
          { op: 'Flatten', in: ['p'], out: ['f'] },
          { op: 'Softmax', in: ['f'], out: ['y'] },
        ],
        outputs: { y: ['float32', [2, 4]] },
      }),
    );
  const model = await expectClose(build, [2, 3, 8, 8], 2e-3);
  expect(model.graph.initializers.find(value => value.name.startsWith('w'))?.dtype).toBe('float16');
  expect(model.graph.initializers.find(value => value.name === 'scales')?.dtype).toBe('float32');
  expect(model.graph.nodes.filter(node => node.opType === 'Cast').length).toBe(2);
});

it('casts around what stays float32, once for each value', async () => {
  const build = () =>
    typed(
      buildModel({
        inputs: { x: ['float32', [4]] },
        initializers: { zero: tensor('int64', [], [0]), c: tensor('bool', [], [1]) },
        nodes: [
          { op: 'Exp', in: ['x'], out: ['e'] },
          { op: 'CumSum', in: ['e', 'zero'], out: ['s'] },
          { op: 'CumSum', in: ['e', 'zero'], out: ['t'] },
          { op: 'Add', in: ['s', 't'], out: ['a'] },
          {
            op: 'If',
            in: ['c'],
            out: ['i'],
            attrs: {
              then_branch: subgraph({
                name: 't',
                nodes: [{ op: 'Neg', in: ['a'], out: ['tn'] }],
                outputs: { tn: ['float32', [4]] },
              }),
              else_branch: subgraph({
                name: 'e',
                nodes: [{ op: 'Abs', in: ['a'], out: ['ea'] }],
                outputs: { ea: ['float32', [4]] },
              }),
            },
          },
          { op: 'Cast', in: ['i'], out: ['whole'], attrs: { to: 7 } },
          { op: 'Cast', in: ['whole'], out: ['back'], attrs: { to: 1 } },
          { op: 'Add', in: ['back', 'e'], out: ['y'] },
        ],
        outputs: { y: ['float32', [4]] },
      }),
      { whole: 'int64' },
    );
  const model = await expectClose(build, [4], 5e-3);
  const casts = model.graph.nodes.filter(node => node.opType === 'Cast').map(node => node.inputs[0]?.name);
  expect(new Set(casts).size).toBe(casts.length);
});

it('clamps a mask beyond the range and says so', async () => {
  const model = typed(
    buildModel({
      inputs: { x: ['float32', [1, 4]] },
      initializers: { mask: tensor('float32', [4], [0, -1e9, 0, -3.4e38]) },
      nodes: [
        { op: 'Add', in: ['x', 'mask'], out: ['masked'] },
        { op: 'Softmax', in: ['masked'], out: ['y'] },
      ],
      outputs: { y: ['float32', [1, 4]] },
    }),
  );
  const plan = convert(model);
  expect(plan.notes?.join()).toContain('"mask"');
  const y = await run(model, Float32Array.of(0, 0, 0, 0), [1, 4], 'all');
  expect([...y]).toEqual([0.5, 0, 0.5, 0]);
});

it('leaves what the filter excludes in float32, with the reason', () => {
  const model = typed(
    buildModel({
      inputs: { x: ['float32', [2, 2]] },
      initializers: { w: tensor('float32', [2, 2], [1, 2, 3, 4]) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        { op: 'Tanh', in: ['a'], out: ['y'] },
      ],
      outputs: { y: ['float32', [2, 2]] },
    }),
  );
  const plan = convert(model, { excludeTypes: ['MatMul'] });
  expect(plan.nodes.get('a')).toMatchObject({ action: 'float', reason: { code: 'excluded' } });
  expect(model.graph.initializers.map(value => value.dtype)).toEqual(['float32']);
});
