import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { writeModel } from '../../../../src/core/onnx/write.ts';
import { weightOnlyInt4, weightOnlyInt8 } from '../../../../src/core/quantization/methods/weight-only.ts';
import type { QuantPlan } from '../../../../src/core/quantization/plan.ts';
import { buildModel, noise, subgraph, tensor } from '../../../support/model-builder.ts';

const ROWS = 128;

async function run(model: Model, feeds: Record<string, OrtTensor>): Promise<Float32Array> {
  const bytes = Buffer.concat(writeModel(model).chunks);
  const outputs: Float32Array[] = [];
  // Kernels differ between the levels: a Gather of codes may be fused, a product may be decoded or packed.
  for (const graphOptimizationLevel of ['disabled', 'all'] as const) {
    const session = await InferenceSession.create(bytes, { graphOptimizationLevel, logSeverityLevel: 3 });
    outputs.push((await session.run(feeds)).y?.data as Float32Array);
  }
  const [off, on] = outputs;
  off?.forEach((x, i) => {
    expect(on?.[i]).toBeCloseTo(x, 1);
  });
  return off as Float32Array;
}

const ids = new OrtTensor('int64', BigInt64Array.from([0n, 3n, -1n, 127n, 64n, 3n]), [2, 3]);

function lookup(width: number): Model {
  return buildModel({
    inputs: { ids: ['int64', [2, 3]] },
    initializers: { table: tensor('float32', [ROWS, width], noise(ROWS * width, 3)) },
    nodes: [{ op: 'Gather', in: ['table', 'ids'], out: ['y'] }],
    outputs: { y: ['float32', [2, 3, width]] },
  });
}

type Options = Record<string, unknown>;

function quantized(model: Model, method: typeof weightOnlyInt4, options: Options): QuantPlan {
  model.opsetImports.set('', Math.max(method.opset?.(options) ?? 0, model.opset));
  model.irVersion = 10;
  const plan = method.plan({ model, options, released: new Map() }, undefined as never);
  method.lower(model, plan, options);
  return plan;
}

/** Straight from the operator's description: real = (code - zero point) * scale, in blocks along the row. */
function worstStep(width: number, blockSize: number, bits: number): number {
  const values = noise(ROWS * width, 3);
  let worst = 0;
  for (let row = 0; row < ROWS; row++)
    for (let start = 0; start < width; start += blockSize) {
      const block = values.slice(row * width + start, row * width + Math.min(start + blockSize, width));
      worst = Math.max(worst, (Math.max(0, ...block) - Math.min(0, ...block)) / (2 ** bits - 1));
    }
  return worst;
}

describe.each([64, 48, 40])('a table with rows of %d', width => {
  it.each([
    ['int8', weightOnlyInt4, {}, 8, 'GatherBlockQuantized'],
    ['int8, symmetric', weightOnlyInt8, { symmetric: true }, 8, 'GatherBlockQuantized'],
    ['int8, plain ONNX', weightOnlyInt4, { format: 'qdq' }, 8, 'DequantizeLinear'],
    [
      'int8, plain ONNX, symmetric',
      weightOnlyInt8,
      { format: 'qdq', symmetric: true },
      8,
      'DequantizeLinear',
    ],
    ['int4', weightOnlyInt4, { embeddings: 'int4' }, 4, 'GatherBlockQuantized'],
    ['int4, symmetric', weightOnlyInt4, { embeddings: 'int4', symmetric: true }, 4, 'GatherBlockQuantized'],
    ['int4, hqq', weightOnlyInt4, { embeddings: 'int4', algorithm: 'hqq' }, 4, 'GatherBlockQuantized'],
  ] as const)('is decoded within a step: %s', async (_name, method, options, bits, operator) => {
    const model = lookup(width);
    quantized(model, method, options);
    expect(model.graph.nodes.map(node => node.opType)).toContain(operator);
    expect(model.graph.initializers.map(value => value.name)).not.toContain('table');
    const expected = await run(lookup(width), { ids });
    const step = worstStep(width, 32, bits) * ('symmetric' in options ? 2 : 1);
    (await run(model, { ids })).forEach((x, i) => {
      expect(Math.abs(x - (expected[i] as number))).toBeLessThanOrEqual(step);
    });
  });
});

it.each(['matmulnbits', 'qdq'])(
  'a table read twice, once inside an If, is written once: %s',
  async format => {
    const build = (): Model => {
      const branch = (name: string) =>
        subgraph({
          name,
          nodes: [{ op: 'Gather', in: ['table', 'ids'], out: [`${name}_y`] }],
          outputs: { [`${name}_y`]: ['float32', [2, 3, 64]] },
        });
      return buildModel({
        inputs: { ids: ['int64', [2, 3]] },
        initializers: {
          table: tensor('float32', [ROWS, 64], noise(ROWS * 64, 3)),
          c: tensor('bool', [], [1]),
        },
        nodes: [
          { op: 'Gather', in: ['table', 'ids'], out: ['a'] },
          { op: 'If', in: ['c'], out: ['b'], attrs: { then_branch: branch('t'), else_branch: branch('e') } },
          { op: 'Add', in: ['a', 'b'], out: ['y'] },
        ],
        outputs: { y: ['float32', [2, 3, 64]] },
      });
    };
    const model = build();
    quantized(model, weightOnlyInt4, { format });
    const codes = model.graph.initializers.filter(({ initializer }) => initializer?.dtype === 'uint8');
    expect(codes).toHaveLength(2);
    const expected = await run(build(), { ids });
    (await run(model, { ids })).forEach((x, i) => {
      expect(x).toBeCloseTo(expected[i] as number, 1);
    });
  },
);

it.each([weightOnlyInt8, weightOnlyInt4])(
  'a table that is an embedding and the head of a model, $id',
  async method => {
    const build = (): Model =>
      buildModel({
        inputs: { ids: ['int64', [6]] },
        initializers: { table: tensor('float32', [ROWS, 64], noise(ROWS * 64, 3)) },
        nodes: [
          { op: 'Gather', in: ['table', 'ids'], out: ['h'] },
          { op: 'Gemm', in: ['h', 'table'], out: ['y'], attrs: { transB: 1 } },
        ],
        outputs: { y: ['float32', [6, ROWS]] },
      });
    const feeds = { ids: new OrtTensor('int64', ids.data as BigInt64Array, [6]) };
    const model = build();
    const plan = quantized(model, method, {});
    expect([...plan.nodes.values()].map(node => node.action)).toEqual(['quantize', 'quantize']);
    expect(model.graph.initializers.map(value => value.name)).not.toContain('table');
    const expected = await run(build(), feeds);
    const peak = Math.max(...expected.map(Math.abs));
    (await run(model, feeds)).forEach((x, i) => {
      expect(Math.abs(x - (expected[i] as number)) / peak).toBeLessThan(0.05);
    });
  },
);

it('says why a table stays float', () => {
  const model = buildModel({
    inputs: { ids: ['int64', [2]] },
    initializers: {
      small: tensor('float32', [4, 8], noise(32)),
      columns: tensor('float32', [64, 64], noise(4096)),
      cube: tensor('float32', [16, 16, 16], noise(4096)),
      odd: tensor('float32', [128, 33], noise(4224)),
      integers: tensor('int64', [4096], noise(4096).map(Math.round)),
    },
    nodes: [
      { op: 'Gather', in: ['small', 'ids'], out: ['a'] },
      { op: 'Gather', in: ['columns', 'ids'], out: ['b'], attrs: { axis: 1 } },
      { op: 'Gather', in: ['cube', 'ids'], out: ['c'] },
      { op: 'Gather', in: ['odd', 'ids'], out: ['d'] },
      { op: 'Gather', in: ['integers', 'ids'], out: ['e'] },
    ],
    outputs: { a: ['float32'], b: ['float32'], c: ['float32'], d: ['float32'], e: ['int64'] },
  });
  const codes = (options: Options) =>
    [...weightOnlyInt4.plan({ model, options, released: new Map() }, undefined as never).nodes.values()].map(
      node => (node.action === 'float' ? node.reason.code : node.action),
    );
  const others = ['no_gain', 'shape_not_supported', 'shape_not_supported'];
  expect(codes({ embeddings: 'int4' })).toEqual([...others, 'shape_not_supported', 'not_float']);
  expect(codes({})).toEqual([...others, 'quantize', 'not_float']);
  expect(codes({ embeddings: 'float' })).toEqual([...Array(4).fill('excluded'), 'not_float']);
});

it('refuses 4-bit tables in plain ONNX by name', () => {
  expect(() => weightOnlyInt4.check?.({ format: 'qdq', embeddings: 'int4' })).toThrow(/no Gather of 4-bit/);
});
