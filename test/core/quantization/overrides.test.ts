/** Other types for single nodes: what the artifact holds, checked on onnxruntime's results by the whole pipeline. */
import { describe, expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';

const f32 = (dims: number[], seed: number) => noiseTensor(dims, seed, x => x * 0.3);

/** Three products in a row, the last two on one value. */
const MODEL = buildModel({
  opset: 17,
  inputs: { x: ['float32', [8, 64]] },
  initializers: { w: f32([64, 64], 1), u: f32([64, 64], 2), v: f32([64, 16], 3), c: f32([64], 4) },
  nodes: [
    { op: 'Gemm', name: '/body/first', in: ['x', 'w', 'c'], out: ['a'] },
    { op: 'MatMul', name: '/body/second', in: ['a', 'u'], out: ['y'] },
    { op: 'MatMul', name: '/head/last', in: ['a', 'v'], out: ['z'] },
  ],
  outputs: { y: ['float32', [8, 64]], z: ['float32', [8, 16]] },
});

const method = (options: Record<string, unknown>) => ({ type: 'static-int8', ...options });

/** Types of the codes that a node reads, by its output. */
function readTypes({ graph }: Model): Record<string, readonly (string | undefined)[]> {
  return Object.fromEntries(
    graph.nodes
      .filter(node => node.opType === 'MatMul' || node.opType === 'Gemm')
      .map(node => [
        node.name,
        node.inputs.map(value =>
          value?.producer?.opType === 'DequantizeLinear'
            ? (value.producer.inputs[0]?.dtype ?? value.producer.inputs[2]?.dtype)
            : 'float',
        ),
      ]),
  );
}

describe('overrides', () => {
  test('by name pattern; a value that two nodes read gets the wider type of the two', async () => {
    const { artifact, report } = await quantizeGraph(
      MODEL,
      method({ overrides: [{ match: '/head/*', activation: 'uint16', weight: 'uint8', perChannel: false }] }),
    );
    expect(readTypes(artifact)).toEqual({
      '/body/first': ['uint8', 'int8', 'int32'],
      '/body/second': ['uint16', 'int8'],
      '/head/last': ['uint16', 'uint8'],
    });
    expect(artifact.opset).toBe(21);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(35);
  });

  test('the first entry that matches decides, and what it leaves out stays as it was', async () => {
    const { artifact } = await quantizeGraph(
      MODEL,
      method({
        weight: 'uint8',
        overrides: [
          { match: '/body/second', weight: 'int4', blockSize: 32 },
          { match: '/body/*', float: true },
        ],
      }),
    );
    expect(readTypes(artifact)).toEqual({
      '/body/first': ['float', 'float', 'float'],
      '/body/second': ['uint8', 'int4'],
      '/head/last': ['uint8', 'uint8'],
    });
  });

  test('the report names the entry that keeps a node in float', async () => {
    const { report } = await quantizeGraph(MODEL, method({ overrides: [{ match: '/head/*', float: true }] }));
    expect(report.floatReasons).toContainEqual(
      expect.objectContaining({ reason: 'the override "/head/*" keeps it in float' }),
    );
  });

  test.each([
    [{ overrides: [{ match: '/haed/*', float: true }] }, 'method.overrides.0.match'],
    [{ overrides: [{ match: '*', float: true, weight: 'int8' }] }, 'method.overrides.0'],
    [{ overrides: [{ match: '*', blockSize: 32 }] }, 'method.overrides.0.blockSize'],
    [{ blockSize: 32 }, 'method.blockSize'],
    [{ format: 'qoperator', weight: 'int4' }, 'method.format'],
  ])('%j is refused at %s', async (options, field) => {
    await expect(quantizeGraph(MODEL, method(options))).rejects.toMatchObject({
      code: 'invalid_spec',
      place: { field },
    });
  });
});

describe('4-bit weights', () => {
  test('are packed two in a byte, with a scale for each channel', async () => {
    const { artifact, report } = await quantizeGraph(MODEL, method({ weight: 'int4' }));
    const codes = artifact.graph.initializers.find(({ name }) => name === 'u_q');
    expect(codes?.initializer).toMatchObject({ dtype: 'int4', dims: [64, 64], byteLength: 2048 });
    // 3 bits and a sign: 6.02 dB a bit, less the peak over the root mean square of uniform noise.
    expect(report.comparison.minSqnrDb).toBeGreaterThan(19);
  });

  test('in blocks have a scale for each block of the inner axis', async () => {
    const { artifact, report } = await quantizeGraph(MODEL, method({ weight: 'uint4', blockSize: 16 }));
    const scales = artifact.graph.nodes
      .filter(node => node.opType === 'DequantizeLinear' && node.ints('block_size') === undefined)
      .flatMap(node => (node.int('block_size', 0) === 16 ? [node.inputs[1]?.dims] : []));
    expect(scales).toContainEqual([4, 64]);
    expect(report.comparison.minSqnrDb).toBeGreaterThan(21);
  });

  test.each(['Conv', 'ConvTranspose'])('of a %s', async op => {
    const { report } = await quantizeGraph(
      buildModel({
        inputs: { x: ['float32', [1, 4, 8, 8]] },
        initializers: { w: f32([4, 4, 3, 3], 1), c: f32([4], 2) },
        nodes: [{ op, in: ['x', 'w', 'c'], out: ['y'] }],
        outputs: { y: ['float32'] },
      }),
      method({ weight: 'int4' }),
    );
    expect(report.comparison.minSqnrDb).toBeGreaterThan(17);
  });
});
