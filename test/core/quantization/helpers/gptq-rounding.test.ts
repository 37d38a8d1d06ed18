import { expect, it } from 'vitest';
import { InputVectors } from '../../../../src/core/calibration/input-vectors.ts';
import { Observers } from '../../../../src/core/calibration/observers.ts';
import { gptqRounding } from '../../../../src/core/quantization/helpers/gptq-rounding.ts';
import { dotProduct } from '../../../../src/core/quantization/helpers/vector-shape.ts';
import type { QuantPlan } from '../../../../src/core/quantization/plan.ts';
import {
  chooseWeightQuant,
  dequantizeWeight,
  encodeWeight,
} from '../../../../src/core/quantization/weights.ts';
import { elements, type Tensor, tensorOf } from '../../../../src/core/tensor/tensor.ts';
import { LAYERS, layerModel } from '../../../support/layer-cases.ts';
import { buildModel, noise, noiseTensor } from '../../../support/model-builder.ts';
import { feed, runModel, sqnrDb } from '../../../support/run-model.ts';

it.each(Object.entries(LAYERS))('loses less than rounding to nearest: %s', async (_name, layer) => {
  const { xDims, wDims, axis } = layer;
  const build = (w: Tensor) => layerModel(layer, w);
  const weight = noiseTensor(wDims, 3);
  const { graph } = build(weight);
  const node = graph.nodes[0]!;
  const quant = chooseWeightQuant(weight, {
    dtype: 'int4',
    symmetric: true,
    ...(axis !== undefined && { axis }),
  });
  const refinement = gptqRounding.refinement!({ rounding: 'gptq' })!;
  const observers = new Observers();
  refinement.watch([node], observers);
  // Neighbouring inputs are alike, as in images and in what layers give.
  const x = noise(
    xDims.reduce((a, b) => a * b),
    5,
  ).map((value, i, all) => value + 2 * (all[i - 1] ?? 0) + (all[i - 2] ?? 0));
  observers.observe('x', Float32Array.from(x), xDims);
  expect(observers.find('x', InputVectors)?.moments(dotProduct(node)!.shape)).toBeDefined();

  const plan: QuantPlan = {
    activations: new Map(),
    nodes: new Map([
      [node.name, { action: 'quantize', inputs: [0, 1], outputs: [], weights: new Map([[1, quant]]) }],
    ]),
  };
  const rounded = refinement.refine(plan, graph, observers).constants!.get(node.name)!.get(1)!;
  // Who encodes it gets the same codes: the values are those of codes.
  const again = dequantizeWeight(encodeWeight(rounded, quant), quant);
  expect(again).toEqual(elements(rounded, 'float32'));

  const nearest = tensorOf('float32', wDims, dequantizeWeight(encodeWeight(weight, quant), quant));
  const feeds = { x: feed(xDims, x) };
  const outputs = await Promise.all(
    [weight, nearest, rounded].map(async w => (await runModel(build(w), feeds)).get('y')!),
  );
  expect(sqnrDb(outputs[0]!, outputs[2]!)).toBeGreaterThan(sqnrDb(outputs[0]!, outputs[1]!) + 2);
});

it('is off where nobody asks, and changes nothing where calibration has seen nothing', () => {
  expect(gptqRounding.refinement!({})).toBeUndefined();
  const { graph } = buildModel({
    inputs: { x: ['float32', [1, 2]] },
    outputs: { y: ['float32'] },
    initializers: { w: noiseTensor([2, 2], 1) },
    nodes: [{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }],
  });
  const plan: QuantPlan = { activations: new Map(), nodes: new Map() };
  const refined = gptqRounding.refinement!({ rounding: 'gptq' })!.refine(plan, graph, new Observers());
  expect(refined.constants?.size).toBe(0);
});
