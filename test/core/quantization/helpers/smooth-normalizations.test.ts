import { expect, test } from 'vitest';
import { CALIBRATORS, DEFAULT_CALIBRATOR } from '../../../../src/core/calibration/index.ts';
import { smoothNormalizations } from '../../../../src/core/quantization/helpers/smooth-normalizations.ts';
import { selectNodes } from '../../../../src/core/quantization/static/selection.ts';
import {
  buildModel,
  type ModelSpec,
  type NodeSpec,
  noiseTensor,
  tensor,
} from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { typedModel } from '../../../support/run-model.ts';

const CHANNELS = 32;
/** Every eighth channel of what the normalization writes is far larger than the rest. */
const outliers = (x: number, i: number): number => (i % 8 === 3 ? 40 * x : x);
const gain = tensor('float32', [CHANNELS], Array<number>(CHANNELS).fill(1).map(outliers));

const graph = (nodes: NodeSpec[], outputs: ModelSpec['outputs']): ModelSpec => ({
  opset: 17,
  inputs: { x: ['float32', [1, 12, CHANNELS]] },
  outputs,
  initializers: {
    gain,
    offset: noiseTensor([CHANNELS], 2, outliers),
    half: tensor('float32', [], [0.5]),
    q: noiseTensor([CHANNELS, 24], 3),
    k: noiseTensor([CHANNELS, 24], 4),
  },
  nodes,
});

const BLOCK = graph(
  [
    { op: 'LayerNormalization', in: ['x', 'gain', 'offset'], out: ['n'], attrs: { axis: -1 } },
    { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
    { op: 'MatMul', in: ['n', 'k'], out: ['z'] },
  ],
  { y: ['float32', [1, 12, 24]], z: ['float32', [1, 12, 24]] },
);

const rewrite = (weight: 'int8' | 'int4') =>
  smoothNormalizations({
    select: each => selectNodes(each, () => undefined),
    typesOf: () => ({
      ...{ activation: 'uint8', symmetricActivation: false, weight, perChannel: true },
      ...{ reduceRange: false, bias: 'auto' },
    }),
    createObserver: grid => CALIBRATORS.get(DEFAULT_CALIBRATOR)!.create({}, grid),
  });
const watched = async (spec: ModelSpec, weight: 'int8' | 'int4' = 'int8'): Promise<readonly string[]> =>
  rewrite(weight).watch((await typedModel(buildModel(spec))).graph).names;

/** The root mean square alone: no offset. */
const rootMeanSquare = (op: string): ModelSpec => ({
  ...graph(
    [
      { op, in: ['x', 'gain'], out: ['n'], attrs: { axis: -1 } },
      { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
    ],
    { y: ['float32', [1, 12, 24]] },
  ),
  opset: op === 'RMSNormalization' ? 23 : 17,
});

test('products with 4-bit weights are left alone', async () => {
  expect(await watched(BLOCK)).toEqual(['n']);
  expect(await watched(BLOCK, 'int4')).toEqual([]);
});

test.each([
  ['LayerNormalization', BLOCK],
  ['RMSNormalization', rootMeanSquare('RMSNormalization')],
  ['SimplifiedLayerNormalization', rootMeanSquare('SimplifiedLayerNormalization')],
])(
  'outlier channels behind %s are smoothed by default, and only there',
  {
    timeout: 60_000,
  },
  async (_, block) => {
    const db = async (options: object): Promise<number> => {
      const { report } = await quantizeGraph(buildModel(block), { type: 'static-int8', ...options });
      // Without optimisations: in float on every CPU.
      return Math.min(...report.outputs.map(({ sqnrDbUnoptimized }) => sqnrDbUnoptimized!));
    };
    const [plain, half, auto] = [
      await db({ smoothQuant: 'none' }),
      await db({ smoothQuant: {} }),
      await db({}),
    ];
    expect(auto).toBeGreaterThan(plain + 5);
    // Chosen by the expected error, on some of the data.
    expect(auto).toBeGreaterThan(half - 0.3);
  },
);

test('values behind a normalization, whole or in parts, are looked at', async () => {
  expect(await watched(BLOCK)).toEqual(['n']);
  const parts: NodeSpec[] = [
    { op: 'Erf', in: ['x'], out: ['e'] },
    { op: 'Mul', in: ['e', 'gain'], out: ['g'] },
    { op: 'Add', in: ['g', 'offset'], out: ['n'] },
    { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
  ];
  expect(await watched(graph(parts, { y: ['float32'] }))).toEqual(['n']);
});

test.each<[string, NodeSpec[], ModelSpec['outputs']]>([
  [
    'one factor for all channels',
    [
      { op: 'Erf', in: ['x'], out: ['e'] },
      { op: 'Mul', in: ['e', 'half'], out: ['n'] },
      { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
    ],
    { y: ['float32'] },
  ],
  [
    'a Relu behind it',
    [
      { op: 'Mul', in: ['x', 'gain'], out: ['g'] },
      { op: 'Relu', in: ['g'], out: ['n'] },
      { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
    ],
    { y: ['float32'] },
  ],
  [
    'a Relu beside the product',
    [
      { op: 'Mul', in: ['x', 'gain'], out: ['n'] },
      { op: 'Relu', in: ['n'], out: ['r'] },
      { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
      { op: 'MatMul', in: ['r', 'k'], out: ['z'] },
    ],
    { y: ['float32'], z: ['float32'] },
  ],
  [
    'an output of the model',
    [
      { op: 'LayerNormalization', in: ['x', 'gain', 'offset'], out: ['n'], attrs: { axis: -1 } },
      { op: 'MatMul', in: ['n', 'q'], out: ['y'] },
    ],
    { y: ['float32'], n: ['float32'] },
  ],
])('%s: left as it is', async (_, nodes, outputs) => {
  expect(await watched(graph(nodes, outputs))).toEqual([]);
});
