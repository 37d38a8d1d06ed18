/** Each adapter is proven by onnxruntime: the model as it was and the raised one give the same numbers. */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { validate } from '../../../../src/core/ir/validate.ts';
import { writeModel } from '../../../../src/core/onnx/write.ts';
import { ADAPTERS } from '../../../../src/core/passes/raise-opset/adapters/index.ts';
import { raiseOpset } from '../../../../src/core/passes/raise-opset/index.ts';
import {
  buildModel,
  float,
  floats,
  type NodeSpec,
  noise,
  subgraph,
  tensor,
} from '../../../support/model-builder.ts';

interface Case {
  /** Adapters this case goes through. */
  readonly proves: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly dims: readonly number[];
  readonly node: Omit<NodeSpec, 'out'> & { readonly out?: readonly string[] };
  readonly initializers?: Parameters<typeof buildModel>[0]['initializers'];
  /** Output types other than float32. */
  readonly types?: Readonly<Record<string, 'int64'>>;
  /** Rank of the input unknown to the pass. */
  readonly hidden?: boolean;
  /** onnxruntime runs another kernel for the new opset, which adds in another order. */
  readonly rounds?: boolean;
}

const REDUCTIONS = ['L1', 'L2', 'LogSum', 'LogSumExp', 'Max', 'Mean', 'Min', 'Prod', 'SumSquare'];
const SOFTMAXES = ['Softmax', 'LogSoftmax', 'Hardmax'];

const CASES: Readonly<Record<string, Case>> = {
  Squeeze: {
    proves: ['Squeeze-13'],
    from: 12,
    to: 13,
    dims: [1, 3, 1],
    node: { op: 'Squeeze', attrs: { axes: [0] } },
  },
  'Squeeze of all': { proves: ['Squeeze-13'], from: 11, to: 21, dims: [1, 3, 1], node: { op: 'Squeeze' } },
  Unsqueeze: {
    proves: ['Unsqueeze-13'],
    from: 9,
    to: 21,
    dims: [2, 3],
    node: { op: 'Unsqueeze', attrs: { axes: [0, 2] } },
  },
  ReduceSum: {
    proves: ['ReduceSum-13'],
    from: 11,
    to: 13,
    dims: [2, 3, 4],
    node: { op: 'ReduceSum', attrs: { axes: [1, -1], keepdims: 0 } },
  },
  'ReduceSum of all': { proves: ['ReduceSum-13'], from: 11, to: 21, dims: [2, 3], node: { op: 'ReduceSum' } },
  ...Object.fromEntries(
    REDUCTIONS.map(name => [
      `Reduce${name}`,
      {
        proves: [`Reduce${name}-18`],
        from: 13,
        to: 18,
        dims: [2, 3, 4],
        node: { op: `Reduce${name}`, attrs: { axes: [1] } },
      },
    ]),
  ),
  'Split by sizes': {
    proves: ['Split-13', 'Split-18'],
    from: 11,
    to: 18,
    dims: [2, 5],
    node: { op: 'Split', out: ['y', 'z'], attrs: { axis: 1, split: [2, 3] } },
  },
  'Split in equal parts': {
    proves: ['Split-13', 'Split-18'],
    from: 11,
    to: 18,
    dims: [2, 6],
    node: { op: 'Split', out: ['y', 'z', 'w'], attrs: { axis: 1 } },
  },
  Slice: {
    proves: ['Slice-10'],
    from: 9,
    to: 13,
    dims: [4, 5],
    node: { op: 'Slice', attrs: { starts: [1, 0], ends: [-1, 2 ** 40], axes: [1, 0] } },
  },
  'Slice without axes': {
    proves: ['Slice-10'],
    from: 9,
    to: 10,
    dims: [4, 5],
    node: { op: 'Slice', attrs: { starts: [1], ends: [3] } },
  },
  TopK: {
    proves: ['TopK-10'],
    from: 9,
    to: 11,
    dims: [2, 5],
    node: { op: 'TopK', out: ['y', 'i'], attrs: { k: 2, axis: 1 } },
    types: { i: 'int64' },
  },
  Clip: {
    proves: ['Clip-11'],
    from: 10,
    to: 13,
    dims: [2, 5],
    node: { op: 'Clip', attrs: { min: float(-0.5), max: float(0.25) } },
  },
  'Clip from above': {
    proves: ['Clip-11'],
    from: 10,
    to: 13,
    dims: [2, 5],
    node: { op: 'Clip', attrs: { max: float(0.25) } },
  },
  'Clip to nothing': { proves: ['Clip-11'], from: 7, to: 13, dims: [2, 5], node: { op: 'Clip' } },
  'Pad with zero': {
    proves: ['Pad-11'],
    from: 10,
    to: 21,
    dims: [2, 3],
    node: { op: 'Pad', attrs: { pads: [1, 0, 0, 2] } },
  },
  'Pad with a value': {
    proves: ['Pad-11'],
    from: 10,
    to: 18,
    dims: [2, 3],
    node: { op: 'Pad', attrs: { pads: [1, 0, 0, 2], value: float(0.5) } },
  },
  'Pad by reflection': {
    proves: ['Pad-11'],
    from: 10,
    to: 13,
    dims: [2, 3],
    node: { op: 'Pad', attrs: { mode: 'reflect', pads: [1, 0, 0, 2] } },
  },
  DFT: { proves: ['DFT-20'], from: 17, to: 20, dims: [2, 4, 1], node: { op: 'DFT' } },
  'BatchNormalization 7': {
    proves: ['BatchNormalization-9', 'BatchNormalization-14'],
    from: 7,
    to: 15,
    dims: [1, 2, 3, 3],
    node: {
      op: 'BatchNormalization',
      in: ['x', 's', 'b', 'm', 'v'],
      attrs: { spatial: 1, epsilon: float(0.01) },
    },
    initializers: {
      s: tensor('float32', [2], [1.5, 0.5]),
      b: tensor('float32', [2], [0.1, -0.2]),
      m: tensor('float32', [2], [0.3, 0]),
      v: tensor('float32', [2], [1, 2]),
    },
  },
  Dropout: {
    proves: ['Dropout-10', 'Dropout-12'],
    from: 7,
    to: 13,
    dims: [2, 3],
    node: { op: 'Dropout', attrs: { ratio: float(0.3) } },
  },
  'Upsample by attribute': {
    proves: ['Upsample-9', 'Upsample-10', 'Resize-11', 'Resize-13'],
    from: 8,
    to: 13,
    dims: [1, 1, 2, 3],
    node: { op: 'Upsample', attrs: { scales: floats(1, 1, 2, 1.5) } },
  },
  'Upsample by input, linear': {
    proves: ['Upsample-10', 'Resize-11', 'Resize-13'],
    from: 9,
    to: 19,
    dims: [1, 1, 3, 3],
    node: { op: 'Upsample', in: ['x', 's'], attrs: { mode: 'linear' } },
    initializers: { s: tensor('float32', [4], [1, 1, 2, 2]) },
  },
  'Resize down, nearest': {
    proves: ['Resize-11'],
    from: 10,
    to: 18,
    dims: [1, 1, 5, 5],
    node: { op: 'Resize', in: ['x', 's'] },
    initializers: { s: tensor('float32', [4], [1, 1, 0.6, 0.6]) },
  },
  Scatter: {
    proves: ['Scatter-11'],
    from: 9,
    to: 18,
    dims: [3, 3],
    node: { op: 'Scatter', in: ['x', 'i', 'u'], attrs: { axis: 1 } },
    initializers: { i: tensor('int64', [1, 2], [2, 0]), u: tensor('float32', [1, 2], [7, 8]) },
  },
  GridSample: {
    proves: ['GridSample-20'],
    from: 16,
    to: 20,
    dims: [1, 1, 4, 4],
    node: { op: 'GridSample', in: ['x', 'g'], attrs: { mode: 'bilinear' } },
    initializers: { g: tensor('float32', [1, 2, 2, 2], noise(8, 3)) },
  },
  RoiAlign: {
    proves: ['RoiAlign-16'],
    from: 10,
    to: 16,
    dims: [1, 1, 8, 8],
    node: {
      op: 'RoiAlign',
      in: ['x', 'r', 'n'],
      attrs: { output_height: 2, output_width: 2, sampling_ratio: 2 },
    },
    initializers: { r: tensor('float32', [1, 4], [1, 1, 5, 6]), n: tensor('int64', [1], [0]) },
  },
  ...Object.fromEntries(
    SOFTMAXES.flatMap(op => [
      [`${op} by default`, { proves: [`${op}-13`], from: 12, to: 13, dims: [2, 3, 4], node: { op } }],
      [
        `${op} along the last axis`,
        { proves: [`${op}-13`], from: 11, to: 13, dims: [2, 3, 4], node: { op, attrs: { axis: 2 } } },
      ],
      [
        `${op} from a negative axis`,
        { proves: [`${op}-13`], from: 11, to: 21, dims: [2, 3, 4], node: { op, attrs: { axis: -2 } } },
      ],
      [
        `${op} of unknown rank`,
        {
          proves: [`${op}-13`],
          from: 9,
          to: 13,
          dims: [2, 3],
          node: { op, attrs: { axis: 1 } },
          hidden: true,
        },
      ],
    ]),
  ),
  'AveragePool, which only grew': {
    proves: [],
    rounds: true,
    from: 7,
    to: 22,
    dims: [1, 1, 5, 5],
    node: {
      op: 'AveragePool',
      attrs: { kernel_shape: [2, 2], strides: [2, 2], pads: [1, 1, 0, 0], count_include_pad: 1 },
    },
  },
  'AveragePool rounding up with the padding counted': {
    proves: [],
    rounds: true,
    from: 10,
    to: 19,
    dims: [1, 1, 6, 6],
    node: {
      op: 'AveragePool',
      attrs: {
        kernel_shape: [3, 3],
        strides: [2, 2],
        pads: [0, 0, 1, 1],
        ceil_mode: 1,
        count_include_pad: 1,
      },
    },
  },
  'AveragePool rounding up': {
    proves: [],
    rounds: true,
    from: 10,
    to: 19,
    dims: [1, 1, 6, 6],
    node: { op: 'AveragePool', attrs: { kernel_shape: [3, 3], strides: [2, 2], ceil_mode: 1 } },
  },
  'SimplifiedLayerNormalization, which is of onnxruntime': {
    proves: [],
    from: 14,
    to: 21,
    dims: [2, 4],
    node: {
      op: 'SimplifiedLayerNormalization',
      in: ['x', 's'],
      attrs: { axis: -1, epsilon: float(1e-6), stash_type: 1 },
    },
    initializers: { s: tensor('float32', [4], [1, 2, 0.5, 3]) },
  },
  'LpPool, which only grew': {
    proves: [],
    from: 7,
    to: 18,
    dims: [1, 1, 4, 4],
    node: { op: 'LpPool', attrs: { kernel_shape: [2, 2], p: 2 } },
  },
};

function build({ from, dims, node, initializers, types, hidden }: Case): Model {
  const out = node.out ?? ['y'];
  // A reshape to the same shape, whose result is not declared, hides the rank from the pass.
  const before: NodeSpec[] = hidden ? [{ op: 'Reshape', in: ['x', 'same'], out: ['h'] }] : [];
  return buildModel({
    opset: from,
    irVersion: 3 + (from > 8 ? 1 : 0),
    inputs: { x: ['float32', [...dims]] },
    initializers: { ...initializers, ...(hidden && { same: tensor('int64', [dims.length], dims) }) },
    nodes: [...before, { in: [hidden ? 'h' : 'x'], ...node, out }],
    outputs: Object.fromEntries(out.map(name => [name, [types?.[name] ?? 'float32']])),
  });
}

async function run(
  model: Model,
  dims: readonly number[],
): Promise<Record<string, { dims: readonly number[]; data: number[] }>> {
  const session = await InferenceSession.create(Buffer.concat(writeModel(model).chunks), {
    graphOptimizationLevel: 'disabled',
    logSeverityLevel: 4,
  });
  const count = dims.reduce((a, b) => a * b, 1);
  const data = new Float32Array(noise(count, 7));
  // Logarithms of sums need them positive.
  const positive = model.graph.nodes.some(node => /Log/.test(node.opType));
  const results = await session.run({
    x: new Tensor('float32', positive ? data.map(Math.abs) : data, [...dims]),
  });
  await session.release();
  return Object.fromEntries(
    Object.entries(results).map(([name, value]) => [
      name,
      { dims: value.dims, data: [...(value.data as Float32Array)] },
    ]),
  );
}

describe('each adapter, in onnxruntime before and after', () => {
  for (const [name, item] of Object.entries(CASES))
    it(`${name}: ${item.from} to ${item.to}`, async () => {
      const model = build(item);
      const before = await run(model, item.dims);
      expect(raiseOpset(model, item.to).changed).toBeGreaterThan(0);
      validate(model);
      expect(model.opset).toBe(item.to);
      const after = await run(model, item.dims);
      if (!item.rounds) return expect(after).toEqual(before);
      expect(after.y?.dims).toEqual(before.y?.dims);
      after.y?.data.forEach((value, index) => {
        expect(value).toBeCloseTo(before.y?.data[index] ?? Number.NaN, 6);
      });
    });

  it('has a case', () => {
    const proven = new Set(Object.values(CASES).flatMap(item => item.proves));
    expect(ADAPTERS.ids.filter(id => !proven.has(id))).toEqual([]);
  });
});

describe('raising', () => {
  it('reaches nested graphs', async () => {
    const branch = (axis: number) =>
      subgraph({
        nodes: [{ op: 'Unsqueeze', in: ['x'], out: ['u'], attrs: { axes: [axis] } }],
        outputs: { u: ['float32'] },
      });
    const model = buildModel({
      opset: 11,
      irVersion: 6,
      inputs: { x: ['float32', [2, 3]] },
      initializers: { c: tensor('bool', [], [0]) },
      nodes: [{ op: 'If', in: ['c'], out: ['y'], attrs: { then_branch: branch(0), else_branch: branch(2) } }],
      outputs: { y: ['float32'] },
    });
    const before = await run(model, [2, 3]);
    raiseOpset(model, 13);
    validate(model);
    expect(await run(model, [2, 3])).toEqual(before);
  });

  it('leaves a newer model alone but for an IR version that is too old for it', () => {
    const model = buildModel({
      opset: 17,
      irVersion: 3,
      inputs: { x: ['float32', [1]] },
      nodes: [{ op: 'Relu', in: ['x'], out: ['y'] }],
      outputs: { y: ['float32', [1]] },
    });
    expect(raiseOpset(model, 13)).toEqual({ changed: 0 });
    expect([model.opset, model.irVersion]).toEqual([17, 8]);
    raiseOpset(model, 21);
    expect([model.opset, model.irVersion]).toEqual([21, 10]);
  });

  const refused = (from: number, to: number, node: NodeSpec, more: NodeSpec[] = []): void => {
    const model = buildModel({
      opset: from,
      inputs: { x: ['float32', [1, 2, 2, 2]] },
      nodes: [node, ...more],
      outputs: { y: ['float32'] },
    });
    expect(() => raiseOpset(model, to)).toThrow(
      expect.objectContaining({ code: 'opset_unsupported', place: { node: node.name ?? node.out[0] } }),
    );
  };

  it('refuses what an opset broke, naming the node', () => {
    refused(18, 21, { op: 'GroupNormalization', in: ['x', 'x', 'x'], out: ['y'], attrs: { num_groups: 1 } });
    refused(8, 9, {
      op: 'BatchNormalization',
      in: ['x', 'x', 'x', 'x', 'x'],
      out: ['y'],
      attrs: { spatial: 0 },
    });
    refused(11, 13, {
      op: 'Resize',
      in: ['x', 'x', 'x'],
      out: ['y'],
      attrs: { coordinate_transformation_mode: 'tf_half_pixel_for_nn' },
    });
    refused(11, 13, { op: 'NotAnOperator', in: ['x'], out: ['y'] });
    refused(9, 10, { op: 'Dropout', in: ['x'], out: ['d', 'm'], name: 'd' }, [
      { op: 'Mul', in: ['d', 'm'], out: ['y'] },
    ]);
  });

  it('refuses opsets outside its tables', () => {
    for (const [from, to] of [
      [6, 13],
      [13, 26],
    ] as const) {
      const model = buildModel({
        opset: from,
        inputs: { x: ['float32', [1]] },
        nodes: [{ op: 'Relu', in: ['x'], out: ['y'] }],
        outputs: { y: ['float32', [1]] },
      });
      expect(() => raiseOpset(model, to)).toThrow(expect.objectContaining({ code: 'opset_unsupported' }));
    }
  });
});
