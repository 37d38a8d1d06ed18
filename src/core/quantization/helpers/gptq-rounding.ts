/**
 * Weights rounded one input at a time, each making good the output error of those before it (rounding/gptq.ts), in the
 * scales that the plan has chosen. A convolution is a product of its weights with the patches under its kernel; each
 * group has its own patches, and so a second moment of its own.
 *
 * What is put into the plan are the real values of the codes: whoever encodes them rounds them to these codes.
 *
 * Source: E. Frantar, S. Ashkboos, T. Hoefler, D. Alistarh, "GPTQ: Accurate Post-Training Quantization for Generative
 * Pre-trained Transformers", ICLR 2023, https://arxiv.org/abs/2210.17323; for convolutions as in its predecessor,
 * "Optimal Brain Compression", NeurIPS 2022, https://arxiv.org/abs/2208.11580
 */

import { InputVectors } from '../../calibration/input-vectors.ts';
import type { Observers } from '../../calibration/observers.ts';
import { SecondMoment } from '../../calibration/second-moment.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import { Type } from '../../schema.ts';
import { type Tensor, tensorOf } from '../../tensor/tensor.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { QuantPlan, WeightQuant } from '../plan.ts';
import { typeRange } from '../qparams.ts';
import { errorFeedback } from '../rounding/error-feedback.ts';
import { gptq, type RoundingGrid } from '../rounding/gptq.ts';
import { encodeWeight } from '../weights.ts';
import { WEIGHT } from './channels/weight-view.ts';
import type { AccuracyHelper } from './helper.ts';
import { ConstantsToCome } from './planned-constants.ts';
import { type DotProduct, dotProduct } from './vector-shape.ts';
import { watchVectors } from './watch-vectors.ts';

/** Second moments of all nodes together; those that find no room are rounded to nearest. */
const MAX_MOMENT_BYTES = 512 * 2 ** 20;

const options = {
  rounding: Type.Optional(
    Type.Union([Type.Literal('nearest'), Type.Literal('gptq')], {
      default: 'nearest',
      description:
        'How weights are rounded: each to the nearest code, or so that their errors cancel on the calibration data (GPTQ)',
    }),
  ),
};

export const gptqRounding: AccuracyHelper<typeof options> = {
  id: 'gptq-rounding',
  title: 'GPTQ rounding',
  summary:
    'Rounds weights so that the errors of one dot product cancel on the calibration data. Pays where weights have few bits or one scale for many channels.',
  source: 'https://arxiv.org/abs/2210.17323',
  options,
  refinement: ({ rounding }) => (rounding === 'gptq' ? { watch, refine } : undefined),
};

function watch(linear: readonly Node[], observers: Observers): void {
  let bytes = 0;
  for (const node of linear) {
    const { shape } = dotProduct(node) ?? {};
    if (!shape) continue;
    bytes += SecondMoment.bytes(shape.size) * shape.groups;
    if (bytes <= MAX_MOMENT_BYTES) watchVectors(node, shape, true, observers);
  }
}

function refine(plan: QuantPlan, graph: Graph, observers: Observers): QuantPlan {
  const constants = new ConstantsToCome(plan);
  let [rounded, without] = [0, 0];
  for (const node of graph.nodes) {
    const decision = plan.nodes.get(node.name);
    const quant = decision?.action === 'quantize' ? decision.weights.get(WEIGHT) : undefined;
    const product = quant && dotProduct(node);
    const weight = constants.get(node, WEIGHT);
    if (!quant || !product || !weight) continue;
    const moments = observers.find(node.inputs[0]?.name ?? '', InputVectors)?.moments(product.shape);
    const tensor = moments && roundWeight(weight, quant, product, moments);
    if (tensor) constants.set(node, WEIGHT, tensor);
    if (tensor) rounded++;
    else without++;
  }
  const note = `GPTQ: ${without} weights are rounded to nearest, because their inputs are too long to keep second moments of.`;
  return {
    ...plan,
    constants: constants.all(),
    // A preview has seen no data at all: then there is nothing to say.
    ...(rounded > 0 && without > 0 && { notes: [...(plan.notes ?? []), note] }),
  };
}

/** The weight as its codes decode. */
function roundWeight(
  weight: Tensor,
  quant: WeightQuant,
  product: DotProduct,
  moments: readonly SecondMoment[],
): Tensor | undefined {
  const data = toFloat32(weight);
  const result = data.slice();
  const groups = moments.map((_, group) => ({
    slotOf: slotsOf(quant, product, group),
    matrix: product.matrix(data, group),
  }));
  const nearest = toFloat32(encodeWeight(weight, quant));
  const reach = new Int32Array(quant.scales.length);
  for (const [group, { slotOf }] of groups.entries())
    if (slotOf) seeReach(product.matrix(nearest, group), quant, slotOf, reach);
  const codes = codesInUse(quant, reach);
  for (const [group, moment] of moments.entries()) {
    const { slotOf, matrix } = groups[group]!;
    if (!slotOf) return undefined;
    const grid: RoundingGrid = {
      ...codes,
      blockSize: quant.blockSize ?? matrix.features,
      scales: quant.scales,
      zeroPoints: quant.zeroPoints,
      slotOf,
    };
    const rounded = gptq(matrix, errorFeedback(moment), grid);
    const target = product.matrix(result, group).data;
    decode(rounded, target, matrix, grid);
  }
  return tensorOf('float32', weight.dims, result);
}

function decode(
  codes: Int8Array | Uint8Array,
  target: Float32Array,
  { channels, features, channelStride, featureStride }: ReturnType<DotProduct['matrix']>,
  { scales, zeroPoints, slotOf, blockSize }: RoundingGrid,
): void {
  for (let channel = 0; channel < channels; channel++)
    for (let k = 0; k < features; k++) {
      const slot = slotOf(channel, Math.floor(k / blockSize));
      const at = channel * channelStride + k * featureStride;
      target[at] = ((codes[at] as number) - (zeroPoints[slot] as number)) * (scales[slot] as number);
    }
}

/** Notes, by slot, how far codes lie from their zero point. */
function seeReach(
  { data, channels, features, channelStride, featureStride }: ReturnType<DotProduct['matrix']>,
  { zeroPoints, blockSize = features }: WeightQuant,
  slotOf: RoundingGrid['slotOf'],
  reach: Int32Array,
): void {
  for (let channel = 0; channel < channels; channel++)
    for (let k = 0; k < features; k++) {
      const slot = slotOf(channel, Math.floor(k / blockSize));
      const code = data[channel * channelStride + k * featureStride] as number;
      reach[slot] = Math.max(reach[slot] as number, Math.abs(code - (zeroPoints[slot] as number)));
    }
}

/**
 * The grid's codes: those that rounding to nearest uses, as far to one side of zero as to the other within the type. A
 * channel has its own, as some may have been given fewer bits than others (saturation/guard.ts); blocks have the widest.
 */
function codesInUse(
  { dtype, zeroPoints, blockSize }: WeightQuant,
  reach: Int32Array,
): Pick<RoundingGrid, 'min' | 'max' | 'reach'> {
  const type = typeRange(dtype);
  const [middle = 0] = zeroPoints;
  if (zeroPoints.some(zero => zero !== middle)) return type;
  if (blockSize === undefined) return { ...type, reach };
  const widest = reach.reduce((largest, each) => Math.max(largest, each), 0);
  return { min: Math.max(middle - widest, type.min), max: Math.min(middle + widest, type.max) };
}

/** Where the scale of a channel's block stands; undefined for scales along an axis that is neither. */
function slotsOf(
  { axis, blockSize }: WeightQuant,
  { channels, channelAxis, shape }: DotProduct,
  group: number,
): RoundingGrid['slotOf'] | undefined {
  if (axis === undefined) return () => 0;
  if (blockSize === undefined) return axis === channelAxis ? c => group * channels + c : undefined;
  if (axis === channelAxis || shape.window) return undefined;
  const blocks = Math.ceil(shape.size / blockSize);
  return channelAxis === 0 ? (c, b) => c * blocks + b : (c, b) => b * channels + c;
}
