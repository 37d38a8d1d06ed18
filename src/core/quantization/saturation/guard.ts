/**
 * Saturation guard: where sums of products would saturate on a CPU without 8-bit dot products, the weights of those
 * output channels get 7 bits, so that every pair fits: 2 * 255 * 64 < 2^15.
 *
 * A channel is narrowed when, over rows of real data, saturation costs it more than the lost bit does:
 *
 *   sum (saturated 8-bit sum - float)²  >  sum (7-bit sum - float)²
 *
 * Invariant: pure; the plan that is given back differs in scales of weights alone. Without rows (a preview, a value
 * that two kinds of operators read) every channel that could saturate is narrowed.
 */
import type { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import { walkNodes } from '../../ir/walk.ts';
import { ratioDb } from '../../metrics/decibel.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { ActivationQuant, GuardedLayer, QuantizeDecision, QuantPlan, WeightQuant } from '../plan.ts';
import { codeRange, type QuantType, quantizeValue, typeRange } from '../qparams.ts';
import { type DotProduct, dotProduct } from './dot-product.ts';
import { overshoot, riskyPairs } from './pairwise.ts';
import { SampledRows } from './sampled-rows.ts';

const FULL = codeRange({ dtype: 'int8', symmetric: true });
const NARROW = codeRange({ dtype: 'int8', symmetric: true, reduceRange: true });
/**
 * Activations whose products with int8 weights are added in 16 bits, by form. onnxruntime turns int8 between QuantizeLinear
 * and DequantizeLinear into uint8; integer operators on int8 have kernels that widen first.
 */
export const SATURATING = { qdq: ['uint8', 'int8'], qoperator: ['uint8'] } as const;

/** Scales of a 7-bit grid to those of the 8-bit grid over the same range. */
const WIDER = FULL.max / NARROW.max;

/** Adds the rows that the guard looks at. @param nodes that may be quantized */
export function watchSaturation(nodes: Iterable<Node>, observers: Observers): void {
  for (const node of nodes) {
    const product = dotProduct(node);
    const [data] = node.inputs;
    if (product && data && !data.initializer) observers.watch(data.name, new SampledRows(product.axis));
  }
}

/** @param types of activations whose products saturate where the artifact runs */
export function guardSaturation(
  plan: QuantPlan,
  graph: Graph,
  observers: Observers,
  types: readonly QuantType[] = SATURATING.qdq,
): QuantPlan {
  const nodes = new Map(plan.nodes);
  const guarded: GuardedLayer[] = [];
  for (const { node } of walkNodes(graph)) {
    const decision = plan.nodes.get(node.name);
    const product = dotProduct(node);
    const activation = plan.activations.get(node.inputs[0]?.name ?? '');
    if (decision?.action !== 'quantize' || !product || !activation || !types.includes(activation.dtype))
      continue;
    const found = guardNode(node, decision, product, activation, observers);
    if (!found) continue;
    nodes.set(node.name, found.decision);
    guarded.push(found.layer);
  }
  const notes = [...(plan.notes ?? []), ...(guarded.length > 0 ? [summaryOf(guarded)] : [])];
  return { ...plan, nodes, guarded, ...(notes.length > 0 && { notes }) };
}

function sumOf<T>(items: readonly T[], pick: (item: T, at: number) => number): number {
  return items.reduce((sum, item, at) => sum + pick(item, at), 0);
}

function summaryOf(guarded: readonly GuardedLayer[]): string {
  const narrowed = sumOf(guarded, layer => layer.narrowed);
  const channels = sumOf(guarded, layer => layer.channels);
  return `Saturation guard: ${narrowed} of ${channels} output channels in ${guarded.length} layers have 7-bit weights.`;
}

function guardNode(
  node: Node,
  decision: QuantizeDecision,
  product: DotProduct,
  activation: ActivationQuant,
  observers: Observers,
): { readonly decision: QuantizeDecision; readonly layer: GuardedLayer } | undefined {
  const quant = decision.weights.get(1);
  const tensor = node.inputs[1]?.initializer;
  if (quant?.dtype !== 'int8' || !tensor) return undefined;
  const weights = toFloat32(tensor);
  const rows = codeRows(observers.find(node.inputs[0]?.name ?? '', SampledRows), product, activation);
  const channels = Array.from({ length: product.outputs }, (_, output) =>
    measureChannel({ product, output, weights, scale: scaleOf(quant, output), rows, activation }),
  );
  const narrowed = narrowedOutputs(quant, channels);
  const count = narrowed.filter(Boolean).length;
  if (count === 0) return undefined;
  const scales = quant.scales.map((scale, at) =>
    narrowed[quant.scales.length === 1 ? 0 : at] ? Math.fround(scale * WIDER) : scale,
  );
  const signal = sumOf(channels, channel => channel.signal);
  const saturated = sumOf(channels, channel => channel.saturated);
  const planned = sumOf(channels, (channel, at) => (narrowed[at] ? channel.narrow : channel.saturated));
  return {
    decision: { ...decision, weights: new Map([...decision.weights, [1, { ...quant, scales }]]) },
    layer: {
      node: node.name,
      channels: product.outputs,
      narrowed: count,
      ...(rows && {
        sqnrDbSaturated: ratioDb(signal, saturated),
        sqnrDb: ratioDb(signal, planned),
      }),
    },
  };
}

/** Energies over the rows, in real units. */
interface Channel {
  readonly risky: boolean;
  readonly signal: number;
  /** Error of the 8-bit weights whose sums saturate. */
  readonly saturated: number;
  /** Error of 7-bit weights. */
  readonly narrow: number;
}

const SAFE: Channel = { risky: false, signal: 0, saturated: 0, narrow: 0 };

interface ChannelRequest {
  readonly product: DotProduct;
  readonly output: number;
  readonly weights: Float32Array;
  readonly scale: number;
  readonly rows: readonly Uint8Array[] | undefined;
  readonly activation: ActivationQuant;
}

function measureChannel(request: ChannelRequest): Channel {
  const { product, output, weights, scale, rows, activation } = request;
  const floats = Float32Array.from(
    { length: product.depth },
    (_, k) => weights[product.weightAt(output, k)]!,
  );
  const full = codesOf(floats, scale);
  const pairs = riskyPairs(full);
  if (pairs.length === 0) return SAFE;
  if (!rows) return { ...SAFE, risky: true };
  const channels = Int32Array.from(floats, (_, k) => product.channelAt(output, k));
  const excess = rows.map(row => overshoot(row, channels, full, pairs));
  if (excess.every(each => each === 0)) return SAFE;
  const narrowScale = Math.fround(scale * WIDER);
  const narrow = codesOf(floats, narrowScale);
  const zero = unsignedZero(activation);
  const unit = activation.scale ** 2;
  let [signal, saturatedError, narrowError] = [0, 0, 0];
  for (const [at, row] of rows.entries()) {
    let [exact, seven, real] = [0, 0, 0];
    for (let k = 0; k < floats.length; k++) {
      const x = (row[channels[k] as number] as number) - zero;
      exact += x * (full[k] as number);
      seven += x * (narrow[k] as number);
      real += x * (floats[k] as number);
    }
    signal += real ** 2 * unit;
    saturatedError += ((exact + excess[at]!) * scale - real) ** 2 * unit;
    narrowError += (seven * narrowScale - real) ** 2 * unit;
  }
  return { risky: true, signal, saturated: saturatedError, narrow: narrowError };
}

/** By output; all alike where they share one scale. */
function narrowedOutputs({ scales }: WeightQuant, channels: readonly Channel[]): readonly boolean[] {
  const isWorse = ({ saturated, narrow, risky, signal }: Channel): boolean =>
    signal === 0 ? risky : saturated > narrow;
  if (scales.length === channels.length) return channels.map(isWorse);
  const all = isWorse({
    risky: channels.some(({ risky }) => risky),
    signal: sumOf(channels, ({ signal }) => signal),
    saturated: sumOf(channels, ({ saturated }) => saturated),
    narrow: sumOf(channels, ({ narrow }) => narrow),
  });
  return channels.map(() => all);
}

function codeRows(
  statistic: SampledRows | undefined,
  { axis }: DotProduct,
  activation: ActivationQuant,
): readonly Uint8Array[] | undefined {
  if (statistic?.axis !== axis || statistic.rows.length === 0) return undefined;
  const codes = typeRange(activation.dtype);
  return statistic.rows.map(row =>
    Uint8Array.from(row, x => quantizeValue(x, activation, codes) - codes.min),
  );
}

function codesOf(weights: Float32Array, scale: number): Int8Array {
  const codes = typeRange('int8');
  const parameters = { scale, zeroPoint: 0 };
  return Int8Array.from(weights, w => quantizeValue(w, parameters, codes));
}

/** int8 activations are computed as uint8, 128 higher. */
const unsignedZero = ({ dtype, zeroPoint }: ActivationQuant): number => zeroPoint - typeRange(dtype).min;

const scaleOf = ({ scales }: WeightQuant, output: number): number =>
  scales[scales.length === 1 ? 0 : output] as number;
