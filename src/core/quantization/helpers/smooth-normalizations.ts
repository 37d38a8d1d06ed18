/**
 * SmoothQuant (smooth-quant.ts) where it costs nothing: behind normalizations, each with the strength of the least expected
 * error (expected-error.ts), or left as it is where none helps.
 *
 * A normalization writes channels of different size on the one grid of its output, and its scale and bias are constants that
 * take any other scale. What a dot product or a Relu writes is left alone: there most elements are zero, or small beside few
 * large ones, and the noise model does not hold. Products with 4-bit weights are left alone, too: most of the error is the
 * weights' own there, and models lose by a scale that weights have to make good (ADR 32).
 *
 * Strengths are chosen on one half of the rows that are kept of the calibration samples, and must help on the other half.
 */
import { ChannelMaxima } from '../../calibration/channel-maxima.ts';
import { KeptVectors } from '../../calibration/kept-vectors.ts';
import type { Grid, Observer } from '../../calibration/observer.ts';
import { Observers } from '../../calibration/observers.ts';
import type { VectorShape } from '../../calibration/patches.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import type { PassResult } from '../../passes/pass.ts';
import { elementCount, elements } from '../../tensor/tensor.ts';
import { type GridOptions, gridOf } from '../qparams.ts';
import type { Selection } from '../static/selection.ts';
import type { StaticTypes, TypesOf } from '../static/types.ts';
import type { WeightOptions } from '../weights.ts';
import { applyScales } from './channels/apply-scales.ts';
import type { Channels } from './channels/channel-classes.ts';
import { type ChannelGraph, channelGraph, type WeightLink } from './channels/channel-graph.ts';
import { WEIGHT } from './channels/weight-view.ts';
import { expectedError, type ReadRows, type WeightsOnGrid } from './expected-error.ts';
import type { FloatRewrite } from './helper.ts';
import { inputMaxima, smoothingScale } from './smooth-quant.ts';
import { dotProduct } from './vector-shape.ts';

/** Samples that are looked at; the ranges are observed on all of them, afterwards. */
const SAMPLES = 64;
/** Strengths that are tried: 0.1, 0.2, ... 1. */
const STEPS = 10;
/** Outputs of a product that stand for all of them, at most. */
const MAX_OUTPUTS = 256;

export interface Smoothing {
  readonly select: (graph: Graph) => Selection;
  readonly typesOf: TypesOf;
  /** As the ranges of activations will be chosen. */
  readonly createObserver: (grid: Grid) => Observer;
}

export function smoothNormalizations(smoothing: Smoothing): FloatRewrite {
  return {
    id: 'smooth-normalizations',
    samples: SAMPLES,
    watch(graph) {
      const observers = new Observers();
      for (const { view, reads, shape } of normalized(channelGraph(graph), graph, smoothing).flat()) {
        const { name } = view.node.inputs[0] as Value;
        const kept = observers.find(name, KeptVectors) ?? new KeptVectors();
        kept.ask(shape);
        observers.watch(name, kept);
        observers.watch(name, new ChannelMaxima(reads.axis, reads.count));
      }
      return observers;
    },
    run: ({ graph }, seen) => (seen.size === 0 ? { changed: 0 } : smooth(graph, smoothing, seen)),
  };
}

function smooth(graph: Graph, smoothing: Smoothing, seen: Observers): PassResult {
  const found = channelGraph(graph);
  const scales = new Map<number, number>();
  for (const products of normalized(found, graph, smoothing))
    for (const [c, scale] of bestScales(products, smoothing, seen)?.entries() ?? [])
      scales.set(found.classes.classOf((products[0] as Product).reads.first + c), scale);
  if (scales.size > 0) applyScales(graph, found, channel => scales.get(found.classes.classOf(channel)) ?? 1);
  return { changed: scales.size };
}

interface Product extends WeightLink {
  readonly shape: VectorShape;
}

/** Quantized products that read what a normalization writes; those that share its channels are together. */
function normalized(
  { classes, weights }: ChannelGraph,
  graph: Graph,
  { select, typesOf }: Smoothing,
): readonly (readonly Product[])[] {
  const { selected } = select(graph);
  const barred = new Set<number>();
  const bar = ({ first, count }: Channels): void => {
    for (let c = first; c < first + count; c++) barred.add(classes.classOf(c));
  };
  const together = new Map<number, Product[]>();
  for (const link of weights) {
    const { view, reads, writes } = link;
    const shape = dotProduct(view.node)?.shape;
    bar(writes);
    const isFine = typesOf(view.node).weight.endsWith('int8');
    if (!shape || shape.window || !isFine || !isNormalized(view.node.inputs[0], reads.count)) bar(reads);
    else if (selected.has(view.node)) {
      const at = classes.classOf(reads.first);
      together.set(at, [...(together.get(at) ?? []), { ...link, shape }]);
    }
  }
  const isFree = (channel: number): boolean =>
    !classes.isFrozen(channel) && !barred.has(classes.classOf(channel));
  return [...together.values()].filter(([product]) => {
    const { first, count } = (product as Product).reads;
    return Array.from({ length: count }, (_, c) => first + c).every(isFree);
  });
}

/** With a factor for each channel; onnxruntime knows RMSNormalization by another name, too. */
const NORMALIZATIONS = new Set(['LayerNormalization', 'RMSNormalization', 'SimplifiedLayerNormalization']);

/** Written by a normalization, or by the factor for each channel and the summand that it is decomposed into. */
function isNormalized(value: Value | undefined, channels: number): boolean {
  const node = value?.producer;
  if (node && NORMALIZATIONS.has(node.qualifiedType)) return true;
  const at = node?.inputs.findIndex(each => each?.initializer) ?? -1;
  if (!node || at < 0) return false;
  if (node.qualifiedType === 'Mul')
    return elementCount(node.inputs[at]?.initializer?.dims ?? []) === channels;
  return isSum(node) && isNormalized(node.inputs[1 - at], channels);
}

const isSum = ({ qualifiedType }: Node): boolean => qualifiedType === 'Add' || qualifiedType === 'Sub';

/** By channel; undefined where they stay as they are. */
function bestScales(
  products: readonly Product[],
  smoothing: Smoothing,
  seen: Observers,
): Float64Array | undefined {
  const halves = halvesOf(products, smoothing, seen);
  const sizes = sizesOf(products, seen);
  if (!sizes || !halves) return undefined;
  const { activations, weights } = sizes;
  const errorOn = (half: 'choose' | 'judge', scales: Float64Array): number =>
    halves.reduce((sum, each) => sum + expectedError(each[half], each.products, scales), 0);
  const none = activations.map(() => 1);
  let best: Float64Array | undefined;
  let least = errorOn('choose', none);
  for (let step = 1; step <= STEPS; step++) {
    const scales = activations.map((x, c) => smoothingScale(x, weights[c] as number, step / STEPS));
    const error = errorOn('choose', scales);
    if (error < least) [best, least] = [scales, error];
  }
  return best && errorOn('judge', best) < errorOn('judge', none) ? best : undefined;
}

/** The largest size of each channel on both sides, over all products; undefined where one is not known or not finite. */
function sizesOf(
  products: readonly Product[],
  seen: Observers,
): { readonly activations: Float64Array; readonly weights: Float64Array } | undefined {
  const count = products[0]?.reads.count ?? 0;
  const [activations, weights] = [new Float64Array(count), new Float64Array(count)];
  for (const { view } of products) {
    const maxima = seen.find(view.node.inputs[0]?.name ?? '', ChannelMaxima)?.maxima();
    if (!maxima) return undefined;
    const largest = inputMaxima(view);
    for (let c = 0; c < count; c++) {
      activations[c] = Math.max(activations[c] as number, maxima[c] as number);
      weights[c] = Math.max(weights[c] as number, largest[c] as number);
    }
  }
  return weights.every(Number.isFinite) ? { activations, weights } : undefined;
}

/** Rows of one value on one grid, and the products that read them: queries, keys and values of an attention. */
interface Halves {
  readonly choose: ReadRows;
  readonly judge: ReadRows;
  readonly products: WeightsOnGrid[];
}

/** Undefined where too few rows were seen of one. */
function halvesOf(
  products: readonly Product[],
  { typesOf, createObserver }: Smoothing,
  seen: Observers,
): readonly Halves[] | undefined {
  const found = new Map<string, Halves>();
  for (const { view, shape } of products) {
    const { name } = view.node.inputs[0] as Value;
    const types = typesOf(view.node);
    const activation: GridOptions = { dtype: types.activation, symmetric: types.symmetricActivation };
    const key = JSON.stringify([name, shape, activation]);
    let halves = found.get(key);
    if (!halves) {
      const rows = seen.find(name, KeptVectors)?.halves(shape);
      if (!rows) return undefined;
      const half = ([data]: readonly Float32Array[]): ReadRows => ({
        rows: data as Float32Array,
        channels: view.inputs,
        activation,
        rangeOf: each => {
          const observer = createObserver(gridOf(activation));
          observer.observe(each);
          return observer.range();
        },
      });
      halves = { choose: half(rows.choose), judge: half(rows.judge), products: [] };
      found.set(key, halves);
    }
    halves.products.push({ weights: someOutputs(view), weight: weightOptions(types) });
  }
  return [...found.values()];
}

/** [outputs, inputs] */
function weightOptions({ weight: dtype, perChannel, blockSize, reduceRange }: StaticTypes): WeightOptions {
  const layout = blockSize !== undefined ? { axis: 1, blockSize } : perChannel ? { axis: 0 } : {};
  return { dtype, symmetric: !dtype.startsWith('u'), reduceRange, ...layout };
}

/** [outputs, inputs], outputs spread evenly over all. */
function someOutputs({ node, a, b, inputs, outputs, inputOf, outputOf }: WeightLink['view']): Float32Array {
  const data = elements(node.inputs[WEIGHT]!.initializer!, 'float32');
  const stride = Math.ceil(outputs / MAX_OUTPUTS);
  const some = new Float32Array(Math.ceil(outputs / stride) * inputs);
  for (let i = 0; i < a; i++)
    for (let j = 0; j < b; j++) {
      const output = outputOf(i, j);
      if (output % stride === 0) some[(output / stride) * inputs + inputOf(i, j)] = data[i * b + j] as number;
    }
  return some;
}
