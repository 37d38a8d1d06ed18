/** Outputs are the runtime's; vectors that judge the result were not seen by the search. */
import { expect, it } from 'vitest';
import { KeptVectors } from '../../../../src/core/calibration/kept-vectors.ts';
import { Observers } from '../../../../src/core/calibration/observers.ts';
import { scaleSearch } from '../../../../src/core/quantization/helpers/scale-search.ts';
import { products } from '../../../../src/core/quantization/helpers/searched-layer.ts';
import { dotProduct } from '../../../../src/core/quantization/helpers/vector-shape.ts';
import type { ActivationQuant, QuantPlan } from '../../../../src/core/quantization/plan.ts';
import { quantizeValue, typeRange } from '../../../../src/core/quantization/qparams.ts';
import {
  chooseWeightQuant,
  dequantizeWeight,
  encodeWeight,
} from '../../../../src/core/quantization/weights.ts';
import { elements, type Tensor, tensorOf } from '../../../../src/core/tensor/tensor.ts';
import { LAYERS, type LayerCase, layerModel } from '../../../support/layer-cases.ts';
import { noise, noiseTensor } from '../../../support/model-builder.ts';
import { feed, runModel, sqnrDb } from '../../../support/run-model.ts';

/** Of a plan whose grid for x reaches four times too far. */
async function search(layer: LayerCase, sampleCount: number) {
  const { xDims, wDims, axis } = layer;
  const build = (w: Tensor) => layerModel(layer, w);
  // With tails, as trained weights have: a grid that covers the largest is too coarse for the rest.
  const even = elements(noiseTensor(wDims, 3), 'float32');
  const weight = tensorOf(
    'float32',
    wDims,
    even.map(x => x ** 5),
  );
  const { graph } = build(weight);
  const node = graph.nodes[0]!;
  const quant = chooseWeightQuant(weight, {
    dtype: axis === undefined ? 'int8' : 'int4',
    symmetric: true,
    ...(axis !== undefined && { axis }),
  });
  const sample = (seed: number) =>
    Float32Array.from(
      noise(
        xDims.reduce((a, b) => a * b),
        seed,
      ),
    );
  const refinement = scaleSearch.refinement!({ scaleSearch: true })!;
  const observers = new Observers();
  refinement.watch([node], observers);
  for (let i = 0; i < sampleCount; i++) observers.observe('x', sample(i + 10), xDims);
  const wide: ActivationQuant = {
    dtype: 'uint8',
    scale: 8 / 255,
    zeroPoint: 128,
    range: { min: -4, max: 4 },
  };
  const plan: QuantPlan = {
    activations: new Map([['x', wide]]),
    nodes: new Map([
      [node.name, { action: 'quantize', inputs: [0, 1], outputs: [], weights: new Map([[1, quant]]) }],
    ]),
  };
  const refined = refinement.refine(plan, graph, observers);
  const errorOf = async (of: QuantPlan): Promise<number> => {
    const decision = of.nodes.get(node.name)!;
    const used = decision.action === 'quantize' ? decision.weights.get(1)! : quant;
    const constant = of.constants?.get(node.name)?.get(1) ?? weight;
    const decoded = dequantizeWeight(encodeWeight(constant, used), used);
    const grid = of.activations.get('x')!;
    const x = sample(99);
    const rounded = x.map(
      each => (quantizeValue(each, grid, typeRange(grid.dtype)) - grid.zeroPoint) * grid.scale,
    );
    const outputs = await Promise.all([
      runModel(build(weight), { x: feed(xDims, [...x]) }),
      runModel(build(tensorOf('float32', wDims, decoded)), { x: feed(xDims, [...rounded]) }),
    ]);
    return sqnrDb(outputs[0]!.get('y')!, outputs[1]!.get('y')!);
  };
  return { plan, refined, node, observers, quant, errorOf };
}

it.each(Object.entries(LAYERS))('brings the outputs of other samples closer: %s', async (_name, layer) => {
  const { plan, refined, node, observers, quant, errorOf } = await search(layer, 6);
  expect(observers.find('x', KeptVectors)?.halves(dotProduct(node)!.shape)).toBeDefined();
  expect(await errorOf(refined)).toBeGreaterThan(await errorOf(plan));
  const decision = refined.nodes.get(node.name)!;
  const found = decision.action === 'quantize' ? decision.weights.get(1)! : quant;
  // With 8 bits the input's grid, which is far too wide, is what there is to gain.
  if (quant.axis === undefined) expect(refined.activations.get('x')!.scale).toBeLessThan(0.7 * (8 / 255));
  else expect([...found.scales].some((scale, i) => scale !== quant.scales[i])).toBe(true);
  for (const [i, scale] of found.scales.entries()) {
    expect(scale).toBeGreaterThanOrEqual(0.499 * quant.scales[i]!);
    expect(scale).toBeLessThanOrEqual(1.201 * quant.scales[i]!);
  }
});

it('leaves all as it is where no sample is left to judge', async () => {
  const { plan, refined, node } = await search(LAYERS.MatMul!, 1);
  expect(refined.activations.get('x')).toEqual(plan.activations.get('x'));
  expect(refined.nodes.get(node.name)).toEqual(plan.nodes.get(node.name));
  expect(scaleSearch.refinement!({})).toBeUndefined();
});

it('shows each half only runs of its own, and as many of a thousand as of a few', () => {
  const kept = new KeptVectors();
  const shape = { groups: 1, size: 2 };
  kept.ask(shape);
  for (let run = 0; run < 1000; run++) kept.observe(Float32Array.of(run, run), 1, [1, 2]);
  const { choose, judge } = kept.halves(shape)!;
  const [a, b] = [new Set(choose[0]), new Set(judge[0])];
  expect([...a].filter(run => b.has(run))).toEqual([]);
  expect(a.size + b.size).toBeGreaterThanOrEqual(32);
  expect(a.size + b.size).toBeLessThan(64);
  expect(Math.max(...a, ...b)).toBeGreaterThan(900);
});

it('forms the products of vectors four at a time, and those that are left over', () => {
  for (const count of [0, 1, 3, 4, 5, 8, 11]) {
    const vectors = Float32Array.from({ length: 3 * count }, (_, i) => i + 1);
    const wanted = Array.from({ length: count }, (_, i) => 3 * i + 1 + 10 * (3 * i + 2) + 100 * (3 * i + 3));
    expect([...products(vectors, Float32Array.of(1, 10, 100))]).toEqual(wanted);
  }
});
