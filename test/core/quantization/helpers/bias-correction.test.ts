import { describe, expect, it } from 'vitest';
import type { Model } from '../../../../src/core/ir/model.ts';
import { staticInt8 } from '../../../../src/core/quantization/methods/static-int8.ts';
import { buildModel, type ModelSpec, noise, noiseTensor } from '../../../support/model-builder.ts';
import { feed, runModel, typedModel } from '../../../support/run-model.ts';

const image = { inputs: { x: ['float32', [1, 3, 9, 9]] }, outputs: { y: ['float32'] } } as const;
const conv = (attrs: NonNullable<NonNullable<ModelSpec['nodes']>[number]['attrs']>): ModelSpec => ({
  ...image,
  initializers: { w: noiseTensor([6, 3, 3, 3], 1), b: noiseTensor([6], 2) },
  nodes: [{ op: 'Conv', in: ['x', 'w', 'b'], out: ['y'], attrs }],
});

const LAYERS: Readonly<Record<string, ModelSpec>> = {
  'a convolution with pads, strides and dilations': conv({
    pads: [2, 1, 0, 1],
    strides: [2, 1],
    dilations: [1, 2],
  }),
  SAME_UPPER: conv({ auto_pad: 'SAME_UPPER', strides: [2, 2] }),
  'a convolution without a bias': {
    ...image,
    initializers: { w: noiseTensor([6, 3, 3, 3], 1) },
    nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['y'] }],
  },
  'a depthwise convolution': {
    ...image,
    initializers: { w: noiseTensor([6, 1, 3, 3], 1), b: noiseTensor([6], 2) },
    nodes: [{ op: 'Conv', in: ['x', 'w', 'b'], out: ['y'], attrs: { group: 3 } }],
  },
  'MatMul and Add': {
    inputs: { x: ['float32', [1, 27, 9]] },
    outputs: { y: ['float32'] },
    initializers: { w: noiseTensor([9, 5], 1), b: noiseTensor([5], 2) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['m'] },
      { op: 'Add', in: ['b', 'm'], out: ['y'] },
    ],
  },
  'Gemm with transB': {
    inputs: { x: ['float32', [27, 9]] },
    outputs: { y: ['float32'] },
    initializers: { w: noiseTensor([5, 9], 1), b: noiseTensor([5], 2) },
    nodes: [{ op: 'Gemm', in: ['x', 'w', 'b'], out: ['y'], attrs: { transB: 1 } }],
  },
};

/** Inputs far from zero, so that coarse weights shift the mean. */
const samples = Array.from({ length: 4 }, (_, i) => noise(243, i + 5).map(x => x + 1));

async function meanErrors(spec: ModelSpec, options: Record<string, unknown>): Promise<number[]> {
  const reference = buildModel({ ...spec, opset: 21, irVersion: 10 });
  // One scale for all weights, in 7 bits: coarse enough to see.
  const all = { perChannel: false, reduceRange: true, ...options };
  const build = async (): Promise<Model> => {
    const model = await typedModel(buildModel({ ...spec, opset: 21, irVersion: 10 }));
    model.graph.nodes.forEach((node, i) => {
      node.name = `n${i}`;
    });
    return model;
  };
  const model = await build();
  const context = { model, options: all, released: new Map<string, string>() };
  const observers = staticInt8.observers(context);
  const [name, type] = Object.entries(spec.inputs!)[0]!;
  const dims = type![1] as readonly number[];
  for (const sample of samples) {
    const data = Float32Array.from(sample);
    observers.observe(name, data, dims);
    const seen = await runModel(reference, { [name]: feed(dims, sample) });
    observers.observe('y', seen.get('y')!, []);
  }
  const plan = staticInt8.plan(context, observers);
  const quantized = await build();
  // Weights alone: the float model with what the plan makes of its constants.
  staticInt8.lower(quantized, plan, all);
  const sums: number[] = [];
  const channels = reference.graph.nodes[0]!.inputs[1]!.initializer!.dims.includes(5) ? 5 : 6;
  for (const sample of samples) {
    const feeds = { [name]: feed(dims, sample) };
    const [before, after] = [await runModel(reference, feeds), await runModel(quantized, feeds)];
    const y = before.get('y')!;
    const inner = channels === 5 ? 1 : y.length / channels;
    y.forEach((value, i) => {
      const c = Math.floor(i / inner) % channels;
      sums[c] = (sums[c] ?? 0) + (after.get('y')![i]! - value) / (y.length / channels) / samples.length;
    });
  }
  return sums;
}

const size = (errors: readonly number[]): number => Math.sqrt(errors.reduce((sum, x) => sum + x * x, 0));

describe('bias correction', () => {
  it.each(Object.entries(LAYERS))('takes the mean error away: %s', async (_name, spec) => {
    const without = size(await meanErrors(spec, { activation: 'uint16' }));
    const corrected = size(await meanErrors(spec, { activation: 'uint16', biasCorrection: true }));
    expect(without).toBeGreaterThan(0.002);
    expect(corrected).toBeLessThan(without / 20);
  });
});
