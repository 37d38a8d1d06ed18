import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { smooth, watchInputs } from '../../../../src/core/quantization/helpers/smooth-quant.ts';
import { absMaxAlong } from '../../../../src/core/tensor/reduce.ts';
import { elements, type Tensor } from '../../../../src/core/tensor/tensor.ts';
import { buildModel, type ModelSpec, noise, noiseTensor, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { feed, runModel, sqnrDb, typedModel } from '../../../support/run-model.ts';

const CHANNELS = 32;
/** Every eighth channel of what the normalization writes is far larger than the rest. */
const outliers = (x: number, i: number): number => (i % 8 === 3 ? 40 * x : x);

const BLOCK: ModelSpec = {
  inputs: { x: ['float32', [1, 12, CHANNELS]] },
  outputs: { y: ['float32', [1, 12, 16]] },
  initializers: {
    scale: tensor('float32', [CHANNELS], Array<number>(CHANNELS).fill(1).map(outliers)),
    bias: noiseTensor([CHANNELS], 2, outliers),
    q: noiseTensor([CHANNELS, 24], 3),
    k: noiseTensor([CHANNELS, 24], 4),
    half: tensor('float32', [], [0.5]),
    out: noiseTensor([24, 16], 5),
  },
  nodes: [
    { op: 'LayerNormalization', in: ['x', 'scale', 'bias'], out: ['n'], attrs: { axis: -1 } },
    { op: 'Shape', in: ['n'], out: ['shape'] },
    { op: 'MatMul', in: ['n', 'q'], out: ['a'] },
    { op: 'MatMul', in: ['n', 'k'], out: ['b'] },
    { op: 'Erf', in: ['b'], out: ['e'] },
    { op: 'Mul', in: ['a', 'e'], out: ['g'] },
    { op: 'Mul', in: ['g', 'half'], out: ['h'] },
    { op: 'MatMul', in: ['h', 'out'], out: ['y'] },
  ],
};

const X = { x: feed([1, 12, CHANNELS], noise(12 * CHANNELS, 7)) };

async function smoothed(spec: ModelSpec, alpha: number, insertMul = false): Promise<Model> {
  const model = await typedModel(buildModel(spec));
  const observers = watchInputs(model.graph);
  const exposed = buildModel(spec);
  for (const value of exposed.graph.nodes.flatMap(node => node.outputs))
    if (value && !exposed.graph.outputs.includes(value)) exposed.graph.outputs.push(value);
  const types = new Map((await typedModel(exposed)).graph.outputs.map(value => [value.name, value.dims]));
  for (const [name, data] of await runModel(exposed, X))
    observers.observe(name, data, (types.get(name) ?? []) as number[]);
  observers.observe('x', X.x.data as Float32Array, X.x.dims);
  smooth(model.graph, observers, alpha, insertMul);
  return model;
}

const constant = (model: Model, output: string, input: number): Tensor =>
  model.graph.nodes.find(node => node.outputs[0]?.name === output)!.inputs[input]!.initializer!;

describe('SmoothQuant', () => {
  it.each([0, 0.5, 1])('keeps what the model computes (alpha %s)', async alpha => {
    const reference = await runModel(buildModel(BLOCK), X);
    const model = await smoothed(BLOCK, alpha);
    expect(model.graph.nodes.length).toBe(BLOCK.nodes!.length);
    expect(sqnrDb(reference.get('y')!, (await runModel(model, X)).get('y')!)).toBeGreaterThan(120);
  });

  it('folds s = max|X|^a / max|W|^(1-a) into the normalization, over all products that read it', async () => {
    const model = await smoothed(BLOCK, 0.5);
    const exposed = buildModel(BLOCK);
    exposed.graph.outputs.push(exposed.graph.nodes[0]!.outputs[0]!);
    const activation = absMaxAlong((await runModel(exposed, X)).get('n')!, [1, 12, CHANNELS], 2);
    const [q, k] = [BLOCK.initializers!.q!, BLOCK.initializers!.k!].map(w =>
      absMaxAlong(elements(w, 'float32'), w.dims, 0),
    );
    const before = elements(BLOCK.initializers!.scale!, 'float32');
    const after = elements(constant(model, 'n', 1), 'float32');
    for (let c = 0; c < CHANNELS; c++) {
      const s = Math.sqrt(activation[c]! / Math.max(q![c]!, k![c]!));
      expect(before[c]! / after[c]!).toBeCloseTo(s, 4);
    }
  });

  it('stretches the number of a Mul to one for each channel', async () => {
    expect(constant(await smoothed(BLOCK, 0.5), 'h', 1).dims).toEqual([24]);
  });

  it('writes a Mul in front of the products only where it is asked for', async () => {
    const spec: ModelSpec = {
      inputs: { x: ['float32', [4, 8]] },
      outputs: { y: ['float32'], z: ['float32'] },
      initializers: { w: noiseTensor([8, 3], 1), v: noiseTensor([8, 5], 2) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['y'] },
        { op: 'MatMul', in: ['x', 'v'], out: ['z'] },
      ],
    };
    const feeds = { x: feed([4, 8], noise(32, 3)) };
    const model = await typedModel(buildModel(spec));
    const observers = watchInputs(model.graph);
    observers.observe('x', feeds.x.data as Float32Array, [4, 8]);
    expect(smooth(model.graph, observers, 0.5, false).changed).toBe(0);
    expect(smooth(model.graph, observers, 0.5, true).changed).toBe(1);
    expect(model.graph.nodes.map(node => node.opType)).toEqual(['Mul', 'MatMul', 'MatMul']);
    const [before, after] = [await runModel(buildModel(spec), feeds), await runModel(model, feeds)];
    for (const name of ['y', 'z']) expect(sqnrDb(before.get(name)!, after.get(name)!)).toBeGreaterThan(120);
  });

  it('brings back what outlier channels cost a quantized model', { timeout: 30_000 }, async () => {
    const options = { type: 'static-int8', perChannel: true };
    const plain = await quantizeGraph(buildModel(BLOCK), { ...options, smoothQuant: 'none' });
    const helped = await quantizeGraph(buildModel(BLOCK), { ...options, smoothQuant: {} });
    expect(helped.report.comparison.minSqnrDb! - plain.report.comparison.minSqnrDb!).toBeGreaterThan(3);
  });

  it('leaves channels that a weight which is not finite reads as they are', async () => {
    const broken = noiseTensor([CHANNELS, 24], 3, (x, i) => (i === 0 ? Number.NaN : x));
    const model = await smoothed({ ...BLOCK, initializers: { ...BLOCK.initializers, q: broken } }, 0.5);
    const [before, after] = ['scale', 'k'].map(name => ({
      name,
      all: elements(BLOCK.initializers![name]!, 'float32'),
    }));
    expect(elements(constant(model, 'n', 1), 'float32')[0]).toBe(before!.all[0]);
    expect(elements(constant(model, 'b', 1), 'float32').slice(0, 24)).toEqual(after!.all.slice(0, 24));
  });
});
