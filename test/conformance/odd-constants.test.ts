/**
 * Constants of every rank, empty ones too, where operators expect their weights: each method plans and writes the graph,
 * or leaves the node in float. Whether the graph runs is the runtime's to say, which refuses most of these.
 */
import { expect, test } from 'vitest';
import { readAndPlan } from '../fuzz/exercise-reader.ts';
import type { MethodSetting } from '../support/method-settings.ts';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { bytesOf } from '../support/run-bytes.ts';

const SHAPES = [
  [],
  [0],
  [8],
  [8, 8],
  [0, 8],
  [8, 0],
  [4, 4, 3],
  [1, 32, 8],
  [4, 4, 3, 3],
  [4, 0, 3, 3],
  [1, 1, 1, 1, 1],
];

/** What an operator reads: `c` and `d` are the constants, `x` is computed at run time, `i` are indices. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  MatMul: ['x', 'c'],
  Gemm: ['x', 'c', 'd'],
  Conv: ['x', 'c', 'd'],
  ConvTranspose: ['x', 'c', 'd'],
  LSTM: ['x', 'c', 'd'],
  GRU: ['x', 'c', 'd'],
  Gather: ['c', 'i'],
  Add: ['x', 'c'],
  Mul: ['c', 'x'],
  Concat: ['x', 'c'],
  Clip: ['x', 'c', 'd'],
  Pad: ['x', 'c', 'd'],
  Resize: ['x', '', 'c'],
  Slice: ['x', 'c', 'd'],
  BatchNormalization: ['x', 'c', 'd', 'c', 'd'],
  LayerNormalization: ['x', 'c', 'd'],
};

function modelOf(op: string, dims: readonly number[], rank: number) {
  const shape = [2, 8, 8, 8].slice(0, rank);
  const reads = OPERATORS[op]!;
  const model = buildModel({
    opset: 17,
    inputs: { x: ['float32', shape], i: ['int64', [2]] },
    initializers: {
      before: noiseTensor([8, 8], 1),
      c: noiseTensor(dims, 2),
      d: noiseTensor(dims, 3),
      after: noiseTensor([8, 8], 4),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'before'], out: ['p'] },
      { op, in: reads.map(name => (name === 'x' ? 'p' : name)), out: ['q'] },
      { op: 'MatMul', in: ['q', 'after'], out: ['y'] },
    ],
    outputs: { y: ['float32', shape] },
  });
  // As the pipeline has them when it plans.
  for (const { outputs } of model.graph.nodes)
    for (const value of outputs) if (value) value.type ??= { kind: 'tensor', dtype: 'float32', dims: shape };
  return model;
}

/** What differs in how it asks for shapes. The fuzzer takes all settings. */
const SETTINGS: readonly MethodSetting[] = [
  { type: 'static-int8' },
  { type: 'static-int8', perChannel: false },
  { type: 'static-int8', format: 'qoperator', saturationGuard: true },
  { type: 'static-int8', weight: 'int4', blockSize: 32 },
  { type: 'static-int8', smoothQuant: { insertMul: true } },
  { type: 'static-int8', equalize: true, biasCorrection: true, rounding: 'gptq' },
  { type: 'dynamic-int8', convolutions: true },
  { type: 'weight-only-int4', embeddings: 'int4' },
  { type: 'weight-only-int8', format: 'qdq' },
  { type: 'float16' },
  { type: 'bfloat16' },
];
const RANKS = [0, 2, 4];

test.each(Object.keys(OPERATORS))('%s', async op => {
  for (const [at, dims] of SHAPES.entries()) {
    const rank = RANKS[at % RANKS.length]!;
    const bytes = bytesOf(modelOf(op, dims, rank));
    for (const setting of SETTINGS) {
      const { code } = await readAndPlan(bytes, 'model.onnx', setting).catch((error: unknown) => {
        throw new Error(JSON.stringify({ op, dims, rank, setting }), { cause: error });
      });
      expect(code).toBe('ok');
    }
  }
});

test.each([0n, -1n, 3n, 2n ** 40n])('a group of %d', async group => {
  const model = modelOf('Conv', [4, 4, 3, 3], 4);
  model.graph.nodes[1]!.attributes.set('group', { kind: 'int', value: group });
  model.graph.nodes[1]!.setInput(2, undefined);
  for (const setting of SETTINGS)
    expect((await readAndPlan(bytesOf(model), 'model.onnx', setting)).code).toBe('ok');
});
