/** A model that 8-bit activations ruin is repaired: the node at fault is found, released and named. */
import { expect, test } from 'vitest';
import type { Files } from '../../src/pipeline/ports.ts';
import { groupSize } from '../../src/pipeline/repair.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { buildModel, noise, noiseTensor, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

const N = 32;
const f32 = (dims: number[], seed: number, at = (_: number, x: number) => x) =>
  noiseTensor(dims, seed, (x, i) => at(i, x * 0.3));

/** Channel 0 of `big` is a thousand times larger than the others and hardly counts in what follows. */
const model = buildModel({
  inputs: { x: ['float32', [8, N]] },
  initializers: {
    w1: f32([N, N], 1),
    gain: tensor(
      'float32',
      [N],
      Array.from({ length: N }, (_, i) => (i === 0 ? 4000 : 1)),
    ),
    w2: f32([N, N], 2, (i, x) => (i < N ? x * 1e-5 : x)),
    w3: f32([N, N], 3),
  },
  nodes: [
    { op: 'MatMul', in: ['x', 'w1'], out: ['a'] },
    { op: 'Mul', in: ['a', 'gain'], out: ['big'] },
    { op: 'MatMul', in: ['big', 'w2'], out: ['b'] },
    { op: 'MatMul', in: ['b', 'w3'], out: ['y'] },
  ],
  outputs: { y: ['float32', [8, N]] },
});

/** Smoothing mends it by itself: 36 dB. */
const UNSMOOTHED = { type: 'static-int8', smoothQuant: 'none' };

test('without repair the outputs miss the default bar and the verdict says so', async () => {
  const { report } = await quantizeGraph(model, UNSMOOTHED);
  expect(report.comparison.minSqnrDb).toBeLessThan(20);
  expect(report.verdict).toBe('fail');
  expect(report.gates[0]).toMatchObject({ name: 'minSqnrDb', passed: false });
});

test('repair releases the node that causes it, and only what is needed', async () => {
  const { report } = await quantizeGraph(model, UNSMOOTHED, { repair: true });
  expect(report.verdict).toBe('pass');
  expect(report.comparison.minSqnrDb).toBeGreaterThan(30);
  expect(report.repair.rounds).toHaveLength(1);
  expect(report.repair.rounds[0]!.released.map(({ node }) => node)).toEqual(['b']);
  expect(report.floatNodes.find(({ node }) => node === 'b')?.code).toBe('released_by_repair');
  expect(report.structure.quantizedNodes).toBeGreaterThanOrEqual(2);
});

test('convolutions with a Relu or a Clip behind them are ranked and released like any other', async () => {
  const convolutions = buildModel({
    inputs: { x: ['float32', [1, 4, 6, 6]] },
    initializers: {
      w1: f32([4, 4, 3, 3], 1),
      w2: f32([4, 4, 3, 3], 2),
      lo: tensor('float32', [], [0]),
      hi: tensor('float32', [], [1]),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'w1'], out: ['a'] },
      { op: 'Clip', in: ['a', 'lo', 'hi'], out: ['b'] },
      { op: 'Conv', in: ['b', 'w2'], out: ['c'] },
      { op: 'Relu', in: ['c'], out: ['y'] },
    ],
    outputs: { y: ['float32', [1, 4, 2, 2]] },
  });
  const gates = { minSqnrDb: 43 };
  // Products of uint8 by uint8 are exact on every CPU.
  const method = { type: 'static-int8', weight: 'uint8', perChannel: false };
  const { report } = await quantizeGraph(convolutions, method, { repair: true, gates });
  expect(report.verdict).toBe('pass');
  expect(report.repair.rounds).toHaveLength(1);
  expect(report.structure.quantizedNodes).toBeGreaterThan(0);
});

test.each(['float32', 'float16'] as const)(
  'a model that is only ranked copies no weight that it leaves alone: %s',
  async dtype => {
    const width = 128;
    const layers = [0, 1, 2, 3];
    const chain = buildModel({
      inputs: { x: [dtype, [8, width]] },
      initializers: Object.fromEntries(
        layers.map(i => [
          `w${i}`,
          tensor(
            dtype,
            [width, width],
            noise(width * width, i + 1).map(x => x / 8),
          ),
        ]),
      ),
      nodes: layers.map(i => ({ op: 'MatMul', in: [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], out: [`y${i}`] })),
      outputs: { y3: [dtype, [8, width]] },
    });
    let ranked = 0;
    const files: Files = {
      ...jobFiles,
      workingInlineBytes: 0,
      write(path, chunks) {
        jobFiles.write(path, chunks);
        if (/rank-\d+\.onnx/.test(path)) ranked += jobFiles.byteLength(path);
      },
    };
    const { report } = await quantizeGraph(
      chain,
      { type: 'weight-only-int8' },
      { repair: true, gates: { minSqnrDb: 200 } },
      { files },
    );
    expect(report.repair.rounds.length).toBeGreaterThan(0);
    const weight = 4 * width * width;
    expect(ranked).toBeGreaterThan(layers.length * (weight / 4));
    expect(ranked).toBeLessThan(layers.length * weight);
  },
);

test('a large model is ranked in fewer groups, as each of them loads it', () => {
  expect(groupSize(48, 100 * 2 ** 20)).toBe(1);
  expect(groupSize(84, 512 * 2 ** 20)).toBe(2);
  expect(groupSize(84, 2.78 * 2 ** 30)).toBe(11);
  expect(groupSize(84, 100 * 2 ** 30)).toBe(84);
});

test('each round releases its share of the groups, however many nodes a group has', async () => {
  const width = 16;
  const layers = Array.from({ length: 100 }, (_, i) => i);
  const chain = buildModel({
    inputs: { x: ['float32', [4, width]] },
    initializers: Object.fromEntries(
      layers.map(i => [`w${i}`, noiseTensor([width, width], i + 1, x => x / 4)]),
    ),
    nodes: layers.map(i => ({ op: 'MatMul', in: [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], out: [`y${i}`] })),
    outputs: { y99: ['float32', [4, width]] },
  });
  const { report } = await quantizeGraph(
    chain,
    { type: 'weight-only-int8' },
    { repair: true, gates: { minSqnrDb: 200 } },
  );
  // 34 groups of three, the last of one: 5, 15, 35 and 60 % of them.
  const released = report.repair.rounds.map(({ released: nodes }) => nodes.length);
  const all = released.map((_, round) => released.slice(0, round + 1).reduce((sum, count) => sum + count, 0));
  for (const [round, groups] of [2, 6, 12, 21].entries()) {
    expect(all[round]).toBeLessThanOrEqual(3 * groups);
    expect(all[round]).toBeGreaterThanOrEqual(3 * groups - 2);
  }
});
