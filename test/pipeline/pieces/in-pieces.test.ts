/** A model that is run piece by piece gives what onnxruntime gives for the whole of it, bit by bit. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { syntheticSamples } from '../../../src/core/data/synthetic.ts';
import type { Model } from '../../../src/core/ir/model.ts';
import { writeModel } from '../../../src/core/onnx/write.ts';
import { comparePair } from '../../../src/pipeline/compare-pair.ts';
import { inPieces } from '../../../src/pipeline/pieces/in-pieces.ts';
import type { LoadLimits, Ports, Session, TensorMap } from '../../../src/pipeline/ports.ts';
import { runEach } from '../../../src/pipeline/run-each.ts';
import { overWorkingFiles } from '../../../src/pipeline/runnable.ts';
import { localPorts } from '../../support/local-ports.ts';
import { buildModel, noiseTensor, subgraph, tensor } from '../../support/model-builder.ts';

const directory = mkdtempSync(join(tmpdir(), 'bitpress-pieces-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const { signal } = localPorts;
const WIDTH = 48;
const WEIGHT_BYTES = 4 * WIDTH * WIDTH;

/** As many weights in a piece as are asked for. */
const pieced = (weights: number, spill = 2 ** 20): Ports =>
  inPieces(
    overWorkingFiles({ ...localPorts, loadLimits: { whole: 0, piece: weights * WEIGHT_BYTES, spill } }),
  );

let files = 0;
function write(model: Model): string {
  const path = join(directory, `model-${files++}.onnx`);
  writeFileSync(path, Buffer.concat([...writeModel(model).chunks]));
  return path;
}

async function runAll(session: Session, samples: number, outputs?: readonly string[]): Promise<TensorMap[]> {
  const source = syntheticSamples(session.inputs, samples);
  const results: TensorMap[] = [];
  const runs = { count: samples, feeds: source.feeds, ...(outputs && { outputs }) };
  for await (const result of runEach(session, runs, signal)) results.push(result);
  await session.close();
  return results;
}

/** Pieces that lie beside a model. */
const pieceCount = (path: string): number =>
  readdirSync(directory).filter(name => join(directory, name).startsWith(`${path}.piece-`)).length;

const weight = (seed: number) => noiseTensor([WIDTH, WIDTH], seed, x => x / Math.sqrt(WIDTH));
const matmul = (x: string, w: string, out: string) => ({ op: 'MatMul', in: [x, w], out: [out] });
const body = (name: string, w: string) =>
  subgraph({
    name,
    nodes: [matmul('late', w, `${name}_a`), { op: 'Add', in: [`${name}_a`, 'early'], out: [`${name}_y`] }],
    outputs: { [`${name}_y`]: ['float32', ['N', WIDTH]] },
  });

/** Branches, a weight read far apart, values read many pieces later, bodies that capture, outputs that are read on. */
function branchy(): Model {
  return buildModel({
    inputs: { x: ['float32', ['N', WIDTH]], unread: ['float32', ['N']], scale: ['float32', [1]] },
    initializers: {
      ...Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`w${i}`, weight(i + 1)])),
      shared: weight(50),
      turned: weight(60),
      scale: tensor('float32', [1], [0.5]),
      constant: noiseTensor([3], 70),
      limit: tensor('float32', [], [0]),
    },
    nodes: [
      // Depends on constants alone, stands first and is read last.
      { op: 'Transpose', in: ['turned'], out: ['turned_t'], attrs: { perm: [1, 0] } },
      { op: 'Tanh', in: ['x'], out: ['early'] },
      matmul('early', 'w0', 'a0'),
      matmul('early', 'w1', 'b0'),
      matmul('a0', 'shared', 'a1'),
      { op: 'Relu', in: ['b0'], out: ['b1'] },
      matmul('b1', 'w2', 'b2'),
      { op: 'Add', in: ['a1', 'b2'], out: ['middle'] },
      { op: 'Mul', in: ['middle', 'scale'], out: ['scaled'] },
      matmul('scaled', 'w3', 'c0'),
      matmul('c0', 'w4', 'c1'),
      { op: 'Shape', in: ['c1'], out: ['shape'] },
      { op: 'Flatten', in: ['c1'], out: ['flat'] },
      matmul('flat', 'shared', 'c2'),
      { op: 'Reshape', in: ['c2', 'shape'], out: ['late'] },
      { op: 'ReduceSum', in: ['late'], out: ['sum'], attrs: { keepdims: 0 } },
      { op: 'Greater', in: ['sum', 'limit'], out: ['positive'] },
      {
        op: 'If',
        in: ['positive'],
        out: ['chosen'],
        attrs: { then_branch: body('p', 'w5'), else_branch: body('q', 'w6') },
      },
      matmul('chosen', 'turned_t', 'd0'),
      { op: 'Split', in: ['d0'], out: ['left', 'right'], attrs: { axis: 1 } },
      { op: 'Concat', in: ['right', 'left'], out: ['swapped'], attrs: { axis: 1 } },
      matmul('swapped', 'w7', 'd1'),
      { op: 'Sub', in: ['d1', 'early'], out: ['y'] },
    ],
    outputs: {
      y: ['float32', ['N', WIDTH]],
      middle: ['float32', ['N', WIDTH]],
      shape: ['int64', [2]],
      unread: ['float32', ['N']],
      constant: ['float32', [3]],
    },
  });
}

describe.each([
  [1, 10],
  [2, 4],
  [4, 2],
])('with %i weights in a piece', (weights, atLeast) => {
  it('gives the same bits, on several samples', async () => {
    const path = write(branchy());
    const whole = await runAll(await localPorts.runtime.open(path, { optimization: 'off' }), 3);
    const session = await pieced(weights).runtime.open(path, { optimization: 'off' });
    expect(session.pieces).toBeDefined();
    expect(await runAll(session, 3)).toEqual(whole);
    expect(pieceCount(path)).toBeGreaterThanOrEqual(atLeast);
    expect(readdirSync(directory).filter(name => name.includes('.values-'))).toEqual([]);
  });
});

it('describes inputs and outputs as the whole model does', async () => {
  const path = write(branchy());
  const [whole, cut] = [
    await localPorts.runtime.open(path, { optimization: 'off' }),
    await pieced(1).runtime.open(path, { optimization: 'off' }),
  ];
  expect(cut.inputs).toEqual(whole.inputs);
  expect(cut.outputs).toEqual(whole.outputs);
  await whole.close();
});

it('runs what leads to the outputs that are asked for, and goes round again where files would hold too much', async () => {
  const path = write(branchy());
  const whole = await runAll(await localPorts.runtime.open(path, { optimization: 'off' }), 5, ['middle']);
  const opened: string[] = [];
  const ports = overWorkingFiles(localPorts);
  const runtime = {
    ...ports.runtime,
    open: (model: string, options: Parameters<typeof ports.runtime.open>[1]) => {
      opened.push(model);
      return ports.runtime.open(model, options);
    },
  };
  const limits = { whole: 0, piece: WEIGHT_BYTES, spill: 1 };
  const session = await inPieces({ ...ports, runtime, loadLimits: limits }).runtime.open(path, {
    optimization: 'off',
  });
  expect(await runAll(session, 5, ['middle'])).toEqual(whole);
  const rounds = opened.filter(name => name.endsWith('.piece-0')).length;
  expect(rounds).toBe(5);
  expect(opened.some(name => name.endsWith(`.piece-${pieceCount(path) - 1}`))).toBe(false);
});

/** Ports that count how often a file is opened. */
function counting(limits: LoadLimits): { ports: Ports; opened: string[] } {
  const opened: string[] = [];
  const given = overWorkingFiles(localPorts);
  const open: Ports['runtime']['open'] = (model, options) => {
    opened.push(model);
    return given.runtime.open(model, options);
  };
  return {
    ports: inPieces({ ...given, runtime: { ...given.runtime, open }, loadLimits: limits }),
    opened,
  };
}

it('takes all samples through a piece that is loaded once, where files hold what they give', async () => {
  const path = write(branchy());
  const { ports, opened } = counting({ whole: 0, piece: WEIGHT_BYTES, spill: 2 ** 20 });
  await runAll(await ports.runtime.open(path, { optimization: 'off' }), 5);
  const pieces = opened.filter(name => name.includes('.piece-'));
  expect(pieces.length).toBe(pieceCount(path));
});

describe.each([2 ** 20, 6000, 1])('shows each output of each sample once, with %i bytes in files', spill => {
  it('as the whole model gives them, in the order of the samples', async () => {
    const path = write(branchy());
    const samples = 5;
    const whole = await runAll(await localPorts.runtime.open(path, { optimization: 'off' }), samples);
    const { ports, opened } = counting({ whole: 0, piece: WEIGHT_BYTES, spill });
    const session = await ports.runtime.open(path, { optimization: 'off' });
    const source = syntheticSamples(session.inputs, samples);
    const shown: TensorMap[] = Array.from({ length: samples }, () => ({}));
    const order = new Map<string, number[]>();
    const given: number[] = [];
    const fractions: number[] = [];
    await session.pieces?.show({ count: samples, feeds: source.feeds }, each => {
      for (const [name, tensor] of Object.entries(each.results)) {
        Object.assign(shown[each.sample]!, { [name]: tensor });
        order.set(name, [...(order.get(name) ?? []), each.sample]);
      }
      if (each.given) given.push(each.sample);
      fractions.push(each.fraction);
    });
    const wanted = session.outputs.map(({ name }) => name);
    expect(shown.map(each => Object.fromEntries(wanted.map(name => [name, each[name]])))).toEqual(whole);
    const each = Array.from({ length: samples }, (_, sample) => sample);
    for (const name of wanted) expect(order.get(name)).toEqual(each);
    expect(given).toEqual(each);
    expect(fractions).toEqual(fractions.toSorted((a, b) => a - b));
    expect(fractions.at(-1)).toBeCloseTo(1);
    const rounds = opened.filter(name => name.endsWith('.piece-0')).length;
    if (spill === 1) expect(rounds).toBe(samples);
    else if (spill === 6000) expect(rounds).toBeGreaterThan(1);
    else expect(rounds).toBe(1);
    if (spill === 6000) expect(rounds).toBeLessThan(samples);
    expect(readdirSync(directory).filter(name => name.includes('.values-'))).toEqual([]);
  });
});

it('compares a model in pieces with one that is loaded as a whole', async () => {
  const reference = write(branchy());
  const candidate = write(
    buildModel({
      inputs: { x: ['float32', ['N', WIDTH]] },
      initializers: { w: weight(3) },
      nodes: [matmul('x', 'w', 'y')],
      outputs: { y: ['float32', ['N', WIDTH]] },
    }),
  );
  const compare = ({ runtime }: Ports, pair: { reference: string; candidate: string }) =>
    comparePair(
      runtime,
      pair,
      syntheticSamples(
        [
          { name: 'x', dtype: 'float32', dims: [2, WIDTH] },
          { name: 'unread', dtype: 'float32', dims: [2] },
        ],
        3,
      ),
      { optimization: 'off' },
      signal,
    );
  const same = { reference, candidate: reference };
  const { outputs } = await compare(pieced(2), same);
  expect(outputs.map(({ figures }) => figures.maxAbsError)).toEqual([0, 0, 0, 0, 0]);
  expect(outputs).toEqual((await compare(localPorts, same)).outputs);
  const other = { reference: write(branchy()), candidate };
  await expect(compare(pieced(2), other)).rejects.toMatchObject({ code: 'model_unsupported' });
});

it('opens a model of one node, and one below the bound, as a whole', async () => {
  const one = write(
    buildModel({
      inputs: { x: ['float32', ['N', WIDTH]] },
      initializers: { w: weight(3) },
      nodes: [matmul('x', 'w', 'y')],
      outputs: { y: ['float32', ['N', WIDTH]] },
    }),
  );
  const session = await pieced(1).runtime.open(one, { optimization: 'off' });
  expect(session.pieces).toBeUndefined();
  await session.close();
  const below = await inPieces(localPorts).runtime.open(write(branchy()), { optimization: 'off' });
  expect(below.pieces).toBeUndefined();
  await below.close();
});
