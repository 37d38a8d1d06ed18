/**
 * Saturation guard: where sums of products would saturate on a CPU without 8-bit dot products, the weights of those
 * output channels get fewer codes, at the least those of 7 bits, with which every pair fits: 2 * 255 * 64 < 2^15.
 *
 * Of the grids of LARGEST_CODES, a channel gets the one whose sums, saturated, are closest over rows of real data:
 *
 *   min sum (saturated sum of codes - float)²
 *
 * Invariant: pure; the plan that is given back differs in scales of weights alone. Without rows (a preview, a value
 * that two kinds of operators read) every channel that could saturate gets 7 bits.
 */
import type { Observers } from '../../calibration/observers.ts';
import { SampledRows } from '../../calibration/sampled-rows.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import { walkNodes } from '../../ir/walk.ts';
import { ratioDb } from '../../metrics/decibel.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { ActivationQuant, GuardedLayer, QuantizeDecision, QuantPlan, WeightQuant } from '../plan.ts';
import { codeRange, type QuantType, quantizeValue, typeRange } from '../qparams.ts';
import { type DotProduct, dotProduct } from './dot-product.ts';
import { type Channel, measureChannels } from './measure-channels.ts';

const FULL = codeRange({ dtype: 'int8', symmetric: true });
const SAFE_MAX = codeRange({ dtype: 'int8', symmetric: true, reduceRange: true }).max;
/** From all codes to those that fit whatever the data; what is between is enough where pairs hardly overflow. */
const LARGEST_CODES = [FULL.max, 112, 96, 80, SAFE_MAX] as const;
const WIDEST = 0;
const SAFEST = LARGEST_CODES.length - 1;
/**
 * Activations whose products with int8 weights are added in 16 bits, by form. onnxruntime turns int8 between QuantizeLinear
 * and DequantizeLinear into uint8; integer operators on int8 have kernels that widen first.
 */
export const SATURATING = { qdq: ['uint8', 'int8'], qoperator: ['uint8'] } as const;

/** A grid's scale over the same range with fewer codes. @param grid index into LARGEST_CODES */
const scaleAt = (scale: number, grid: number): number =>
  grid === WIDEST ? scale : Math.fround(scale * (FULL.max / (LARGEST_CODES[grid] as number)));

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
  return `Saturation guard: ${narrowed} of ${channels} output channels in ${guarded.length} layers have fewer weight codes, of 7 bits at least.`;
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
  const rows = codeRows(observers.find(node.inputs[0]?.name ?? '', SampledRows), product, activation);
  const channels = measureChannels({
    product,
    weights: toFloat32(tensor),
    scalesOf: output => LARGEST_CODES.map((_, grid) => scaleAt(scaleOf(quant, output), grid)),
    everyGrid: quant.scales.length < product.outputs,
    rows: rows ?? [],
    zero: unsignedZero(activation),
  });
  const grids = gridsOf(quant, channels);
  const count = grids.filter(grid => grid !== WIDEST).length;
  if (count === 0) return undefined;
  const scales = quant.scales.map((scale, at) => scaleAt(scale, grids[at] as number));
  const signal = sumOf(channels, channel => channel.signal);
  const saturated = sumOf(channels, channel => channel.errors[WIDEST] as number);
  const planned = sumOf(channels, (channel, at) => channel.errors[grids[at] as number] as number);
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

/** The grid of each output; all alike where they share one scale. */
function gridsOf({ scales }: WeightQuant, channels: readonly Channel[]): readonly number[] {
  if (scales.length === channels.length) return channels.map(closestGrid);
  const all = closestGrid({
    risky: channels.some(({ risky }) => risky),
    signal: sumOf(channels, ({ signal }) => signal),
    errors: LARGEST_CODES.map((_, grid) => sumOf(channels, ({ errors }) => errors[grid] as number)),
    holds: channels.reduce((most, { holds }) => Math.max(most, holds), 0),
  });
  return channels.map(() => all);
}

/** The widest of the closest, up to the first that holds: those behind it have fewer codes for nothing. */
function closestGrid({ risky, signal, errors, holds }: Channel): number {
  if (signal === 0) return risky ? SAFEST : WIDEST;
  return errors.indexOf(Math.min(...errors.slice(0, holds + 1)));
}

function codeRows(
  statistic: SampledRows | undefined,
  { axis }: DotProduct,
  activation: ActivationQuant,
): readonly Uint8Array[] | undefined {
  if (statistic?.axis !== axis || statistic.rows.length === 0) return undefined;
  const codes = typeRange(activation.dtype);
  return statistic.rows.map(row => {
    const row8 = new Uint8Array(row.length);
    for (let c = 0; c < row.length; c++)
      row8[c] = quantizeValue(row[c] as number, activation, codes) - codes.min;
    return row8;
  });
}

/** int8 activations are computed as uint8, 128 higher. */
const unsignedZero = ({ dtype, zeroPoint }: ActivationQuant): number => zeroPoint - typeRange(dtype).min;

const scaleOf = ({ scales }: WeightQuant, output: number): number =>
  scales[scales.length === 1 ? 0 : output] as number;
