/**
 * Rounded weights shift the mean of what a layer gives; its bias takes the shift back:
 *
 *   E[W~ x] - E[W x] = (W~ - W) E[x]          b' = b - (W~ - W) E[x]
 *
 * E[x] is the mean of the vectors that the weights meet on the calibration data (under a kernel, zeros of the pads
 * included), where the paper derives it from BatchNormalization. Runs last: W~ is what the plan makes of the weights.
 *
 * A convolution or Gemm without a bias is given one, which its kernel adds for nothing. A MatMul is corrected in the Add
 * behind it, and left as it is where there is none.
 *
 * Source: M. Nagel, M. van Baalen, T. Blankevoort, M. Welling, "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", ICCV 2019, section 4.2, https://arxiv.org/abs/1906.04721
 */

import { InputVectors } from '../../calibration/input-vectors.ts';
import type { Observers } from '../../calibration/observers.ts';
import { isOnlyUse } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import { Type } from '../../schema.ts';
import { elements, type Tensor, tensorOf } from '../../tensor/tensor.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { QuantizeDecision, QuantPlan } from '../plan.ts';
import { dequantizeWeight, encodeWeight } from '../weights.ts';
import { BIAS, WEIGHT } from './channels/weight-view.ts';
import type { AccuracyHelper } from './helper.ts';
import { ConstantsToCome } from './planned-constants.ts';
import { type DotProduct, dotProduct } from './vector-shape.ts';
import { watchVectors } from './watch-vectors.ts';

const options = {
  biasCorrection: Type.Optional(
    Type.Boolean({
      default: false,
      description: "Biases make up for the shift of each layer's mean that rounding its weights causes",
    }),
  ),
};

export const biasCorrection: AccuracyHelper<typeof options> = {
  id: 'bias-correction',
  title: 'Bias correction',
  summary:
    'Takes the mean error of rounded weights back in the bias. Pays where weights are coarse: few bits, or one scale for channels of different size.',
  source: 'https://arxiv.org/abs/1906.04721',
  options,
  refinement: ({ biasCorrection: on }) => (on ? { watch, refine } : undefined),
};

function watch(linear: readonly Node[], observers: Observers): void {
  for (const node of linear) {
    const product = dotProduct(node);
    if (product) watchVectors(node, product.shape, false, observers);
  }
}

function refine(plan: QuantPlan, graph: Graph, observers: Observers): QuantPlan {
  const constants = new ConstantsToCome(plan);
  const nodes = new Map(plan.nodes);
  // Then an int32 bias is wanted where there was none.
  const hasIntegerBiases = [...plan.nodes.values()].some(
    each => each.action === 'quantize' && each.bias !== undefined,
  );
  for (const node of graph.nodes) {
    const decision = plan.nodes.get(node.name);
    const product = dotProduct(node);
    const mean = product && observers.find(node.inputs[0]?.name ?? '', InputVectors)?.mean(product.shape);
    if (decision?.action !== 'quantize' || !mean) continue;
    const shift = outputShift(node, decision, product, constants, mean);
    const place = shift && placeOf(node, plan, graph);
    if (!place) continue;
    const bias = constants.get(place.node, place.input);
    constants.set(place.node, place.input, shifted(bias, shift));
    if (place.node === node && !node.inputs[BIAS] && hasIntegerBiases)
      nodes.set(node.name, { ...decision, bias: BIAS });
  }
  return { ...plan, nodes, constants: constants.all() };
}

/** (W~ - W) E[x], by output channel. */
function outputShift(
  node: Node,
  decision: QuantizeDecision,
  product: DotProduct,
  constants: ConstantsToCome,
  mean: Float64Array,
): Float64Array | undefined {
  const quant = decision.weights.get(WEIGHT);
  const exact = node.inputs[WEIGHT]?.initializer;
  const planned = constants.get(node, WEIGHT);
  if (!quant || !exact || !planned) return undefined;
  const before = toFloat32(exact);
  const after = dequantizeWeight(encodeWeight(planned, quant), quant);
  const { shape, channels } = product;
  const shift = new Float64Array(shape.groups * channels);
  for (let group = 0; group < shape.groups; group++)
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let k = 0; k < shape.size; k++) {
        const at = product.at(group, channel, k);
        sum += ((after[at] as number) - (before[at] as number)) * (mean[group * shape.size + k] as number);
      }
      shift[group * channels + channel] = sum;
    }
  return shift;
}

interface Place {
  readonly node: Node;
  readonly input: number;
}

/** Where the bias of the node stands, or may be put. */
function placeOf(node: Node, plan: QuantPlan, graph: Graph): Place | undefined {
  if (node.opType !== 'MatMul') {
    const bias = node.inputs[BIAS];
    return bias && bias.initializer?.dtype !== 'float32' ? undefined : { node, input: BIAS };
  }
  const [output] = node.outputs;
  const [use] = output?.uses ?? [];
  if (!output || !use || use.node.opType !== 'Add' || !isOnlyUse(graph, output)) return undefined;
  // An Add that is quantized has a grid for its constant, which the correction could leave.
  if (plan.nodes.get(use.node.name)?.action !== 'float') return undefined;
  const input = 1 - use.index;
  const dims = use.node.inputs[input]?.initializer?.dims;
  const channels = node.inputs[WEIGHT]?.initializer?.dims[1];
  return dims && dims[dims.length - 1] === channels && use.node.inputs[input]?.dtype === 'float32'
    ? { node: use.node, input }
    : undefined;
}

/** The bias, whose last axis is the output channels, less the shift. */
function shifted(bias: Tensor | undefined, shift: Float64Array): Tensor {
  const before = bias ? elements(bias, 'float32') : new Float32Array(shift.length);
  const after = before.map((x, i) => x - (shift[i % shift.length] as number));
  return tensorOf('float32', bias?.dims ?? [shift.length], after);
}
