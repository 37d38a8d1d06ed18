/**
 * Operators that move int8 values in float, from opset 21 on: the model must load with every optimisation, which
 * onnxruntime 1.30 spoils where it writes the conversions behind them itself.
 */
import { expect, test } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { requantizeMoves } from '../../../../src/core/quantization/lowerings/requantize-moves.ts';
import { buildModel, type NodeSpec, noise, noiseTensor, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { bytesOf, runBytes } from '../../../support/run-bytes.ts';
import { sqnrDb } from '../../../support/run-model.ts';

const ints = (...values: number[]) => tensor('int64', [values.length], values);

const MOVES: Readonly<Record<string, Omit<NodeSpec, 'out'>>> = {
  Slice: { op: 'Slice', in: ['a', 'starts', 'ends'] },
  Reshape: { op: 'Reshape', in: ['a', 'shape'] },
  Transpose: { op: 'Transpose', in: ['a'] },
  MaxPool: { op: 'MaxPool', in: ['a'], attrs: { kernel_shape: [2, 2] } },
  Squeeze: { op: 'Squeeze', in: ['a', 'axis'] },
  Unsqueeze: { op: 'Unsqueeze', in: ['a', 'axis'] },
};

/** Conv, then `tail` from `a` on. */
function behindConv(tail: readonly NodeSpec[], outputs: readonly string[], opset = 21): Model {
  return buildModel({
    opset,
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: {
      w: noiseTensor([4, 4, 3, 3], 1),
      v: noiseTensor([4, 6, 1, 1], 2),
      starts: ints(0, 0, 0, 0),
      ends: ints(1, 2, 4, 4),
      shape: ints(1, 144),
      axis: ints(0),
    },
    nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['a'] }, ...tail],
    outputs: Object.fromEntries(outputs.map(name => [name, ['float32'] as const])),
  });
}

const FEEDS = {
  x: { dtype: 'float32', dims: [1, 4, 8, 8], data: Float32Array.from(noise(256, 7)) },
} as const;

async function outputs(
  bytes: Uint8Array,
  optimization: 'off' | 'all',
): Promise<Record<string, Float32Array>> {
  const results = await runBytes(bytes, FEEDS, optimization);
  return Object.fromEntries(Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]));
}

async function expectClose(model: Model, method: Record<string, unknown>): Promise<readonly string[]> {
  const { bytes, artifact } = await quantizeGraph(model, {
    type: 'static-int8',
    activation: 'int8',
    ...method,
  });
  const float = await outputs(bytesOf(model), 'off');
  for (const optimization of ['off', 'all'] as const) {
    const quantized = await outputs(bytes, optimization);
    expect(Object.keys(quantized)).toEqual(Object.keys(float));
    for (const [name, values] of Object.entries(float))
      expect(sqnrDb(values, quantized[name]!), `${name}, ${optimization}`).toBeGreaterThan(30);
  }
  return artifact.graph.nodes.map(({ opType }) => opType);
}

for (const format of ['qdq', 'qoperator'])
  for (const [op, node] of Object.entries(MOVES))
    test(`${op} at the end of an int8 model of opset 21 loads, ${format}`, async () => {
      await expectClose(behindConv([{ ...node, out: ['y'] }], ['y']), { format });
    });

test('a chain, a move that is an output and has readers, and one whose readers differ', async () => {
  const model = behindConv(
    [
      { ...MOVES.Transpose!, out: ['t'] },
      { op: 'Slice', in: ['t', 'starts', 'ends'], out: ['s'] },
      { op: 'Exp', in: ['s'], out: ['y'] },
      { op: 'Conv', in: ['t', 'v'], out: ['z'] },
      { op: 'Neg', in: ['t'], out: ['n'] },
    ],
    ['y', 'z', 't', 'n'],
    24,
  );
  expect(await expectClose(model, {})).toContain('Exp');
});

test('int8 alone, and only from opset 21 on', async () => {
  const pairs = async (method: Record<string, unknown>, opset: number) => {
    const model = behindConv([{ ...MOVES.Slice!, out: ['y'] }], ['y'], opset);
    const { artifact } = await quantizeGraph(model, { type: 'static-int8', ...method });
    const slice = artifact.graph.nodes.find(node => node.opType === 'Slice')!;
    return [...slice.outputs[0]!.uses].map(({ node }) => node.opType);
  };
  expect(await pairs({ activation: 'int8' }, 21)).toEqual(['QuantizeLinear']);
  expect(await pairs({ activation: 'int8' }, 17)).toEqual([]);
  expect(await pairs({ activation: 'uint8' }, 21)).toEqual([]);
});

test('without the pairs onnxruntime refuses the model: the day this fails they are needed no more', async () => {
  const model = buildModel({
    opset: 21,
    irVersion: 10,
    inputs: { x: ['float32', [1, 4, 8, 8]] },
    initializers: { s: tensor('float32', [], [0.02]), z: tensor('int8', [], [6]) },
    nodes: [
      { op: 'QuantizeLinear', in: ['x', 's', 'z'], out: ['q'] },
      { op: 'DequantizeLinear', in: ['q', 's', 'z'], out: ['d'] },
      { op: 'Transpose', in: ['d'], out: ['y'] },
    ],
    outputs: { y: ['float32'] },
  });
  const bare = bytesOf(model);
  const arm = process.arch.startsWith('arm');
  if (!arm) await expect(runBytes(bare, FEEDS, 'all')).rejects.toThrow(/output_dtype/);
  requantizeMoves(model);
  const [off, all] = await Promise.all((['off', 'all'] as const).map(each => outputs(bytesOf(model), each)));
  expect(all!.y).toEqual(off!.y);
  expect(off!.y).toEqual((await outputs(bare, 'off')).y);
});
