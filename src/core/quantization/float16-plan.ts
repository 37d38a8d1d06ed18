/**
 * Plan of a float16 model: which nodes compute in float16. The others keep float32 and get casts around them.
 *
 * Invariant: only float32 tensors change type. A node takes part where every type it touches is known and ONNX lets all
 * its float inputs be float16; `inputs` and `outputs` of the decision are the positions that change.
 *
 * 1. Operators that ONNX defines on float32 alone in one of its versions, that make random numbers, whose inputs are
 *    positions and counts (which 11 bits do not hold), or that onnxruntime cannot load in float16 stay float32. A test
 *    loads a call of every operator.
 * 2. So do nodes with a constant that float16 rounds to zero, or with a factor that it has few bits left for.
 * 3. Nodes that hold a subgraph, and everything inside it, stay float32.
 * 4. Where there is data: so do nodes that read or write a value which went beyond float16 in float32. A CPU would not
 *    show it, as it computes the model in float32; a GPU would give infinity. And nodes with a value that stayed below
 *    the smallest normal number.
 */
import { lookup } from '../../registry.ts';
import type { Graph } from '../ir/graph.ts';
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { subgraphsOf, walkNodes } from '../ir/walk.ts';
import { LARGEST_ZERO_FLOAT16, MAX_FLOAT16, SMALLEST_NORMAL_FLOAT16 } from '../tensor/float16.ts';
import { elementCount, elements, type Tensor } from '../tensor/tensor.ts';
import { isBatchTransposeOfProduct } from './batch-transpose.ts';
import { ClampedConstants } from './clamped-constants.ts';
import { Float16Reach, type ReachOf } from './float16-reach.ts';
import type { NodeFilter } from './node-filter.ts';
import type { FloatReason, NodeDecision, QuantPlan } from './plan.ts';

const RANDOM = 'it makes random numbers';
const FLOAT32_ONLY = 'ONNX defines it on float32 alone';
const POSITIONS = 'its inputs are positions or counts, which float16 does not hold exactly';

const BLOCKED: Readonly<Record<string, string>> = {
  Bernoulli: RANDOM,
  Multinomial: RANDOM,
  RandomNormal: RANDOM,
  RandomNormalLike: RANDOM,
  RandomUniform: RANDOM,
  RandomUniformLike: RANDOM,
  BitCast: 'it reads the bits of the numbers',
  CastLike: FLOAT32_ONLY,
  Celu: FLOAT32_ONLY,
  DequantizeLinear: FLOAT32_ONLY,
  DynamicQuantizeLinear: FLOAT32_ONLY,
  IsInf: FLOAT32_ONLY,
  MeanVarianceNormalization: 'onnxruntime computes it with float32 constants',
  MelWeightMatrix: FLOAT32_ONLY,
  NonMaxSuppression: FLOAT32_ONLY,
  QLinearConv: FLOAT32_ONLY,
  QLinearMatMul: FLOAT32_ONLY,
  QuantizeLinear: FLOAT32_ONLY,
  Range: FLOAT32_ONLY,
  STFT: FLOAT32_ONLY,
  Upsample: FLOAT32_ONLY,
  CumSum: POSITIONS,
  GridSample: POSITIONS,
  MaxRoiPool: POSITIONS,
  RoiAlign: POSITIONS,
};

/** Of a constant that is searched for vanishing numbers: weights are not all that small. */
const MAX_LOOKED_AT_BYTES = 64 * 1024;

/** Inputs that are float32 whatever the operator's type. */
const FLOAT32_INPUTS: Readonly<Record<string, readonly number[]>> = { Resize: [1, 2] };
/** Outputs that are float32 whatever the operator's type: the mean and deviation, by stash_type. */
const FLOAT32_OUTPUTS: Readonly<Record<string, readonly number[]>> = { LayerNormalization: [1, 2] };

export function planFloat16(model: Model, filter: NodeFilter, reachOf: ReachOf): QuantPlan {
  const nodes = new Map<string, NodeDecision>();
  const clamped = new ClampedConstants('float16', MAX_FLOAT16);
  const reached = new Float16Reach(reachOf);
  for (const { graph, node } of walkNodes(model.graph)) {
    const planned = decide(model.graph, graph, node, filter);
    const decision = planned.action === 'quantize' ? reached.check(node, planned) : planned;
    nodes.set(node.name, decision);
    if (decision.action !== 'quantize') continue;
    for (const index of decision.inputs) {
      const value = node.inputs[index];
      if (value?.initializer) clamped.see(value.name, value.initializer);
    }
  }
  return { activations: new Map(), nodes, notes: [...clamped.notes(), ...reached.notes()] };
}

function decide(main: Graph, graph: Graph, node: Node, filter: NodeFilter): NodeDecision {
  const declined = (code: FloatReason['code'], text: string): NodeDecision => ({
    action: 'float',
    reason: { code, text },
  });
  const reason = filter(node);
  if (reason) return { action: 'float', reason };
  if (graph !== main) return declined('operator_not_supported', 'it is inside a subgraph');
  if (subgraphsOf(node).length > 0) return declined('operator_not_supported', 'it holds a subgraph');
  if (node.domain !== '')
    return declined('operator_not_supported', `${node.qualifiedType} is not known to take float16`);
  const blocked = lookup(BLOCKED, node.opType);
  if (blocked) return declined('operator_not_supported', `${node.opType} stays float32: ${blocked}`);
  if (isBatchTransposeOfProduct(node))
    return declined(
      'operator_not_supported',
      'onnxruntime crashes on such a Transpose in front of a MatMul in float16',
    );
  const unknown = [...node.inputs, ...node.outputs].find(value => value && value.dtype === undefined);
  if (unknown) return declined('not_float', `the type of "${unknown.name}" is not known`);
  const vanishing = node.inputs.find(value => value?.initializer && vanishes(value.initializer));
  if (vanishing) return declined('operator_not_supported', `its constant "${vanishing.name}" would be zero`);
  const fades = (tensor: Tensor): boolean =>
    (elementCount(tensor.dims) > 1 || SCALES.has(node.opType)) && staysBelow(tensor, SMALLEST_NORMAL_FLOAT16);
  const fading = node.inputs.find(value => value?.initializer && fades(value.initializer));
  if (fading)
    return declined(
      'operator_not_supported',
      `its constant "${fading.name}" is so small that float16 has few bits left for it`,
    );
  const inputs = float32Positions(node.inputs, lookup(FLOAT32_INPUTS, node.opType));
  const outputs = float32Positions(node.outputs, lookup(FLOAT32_OUTPUTS, node.opType));
  // A Cast may start from integers; any other operator without float inputs has its type in an attribute.
  if (inputs.length === 0 && !(node.opType === 'Cast' && outputs.length > 0))
    return declined('not_float', 'it has no float32 inputs');
  return { action: 'quantize', inputs, outputs, weights: new Map() };
}

/** Operators that scale by a constant of one element. An epsilon that is added may lose bits: it is next to nothing there. */
const SCALES: ReadonlySet<string> = new Set(['Div', 'Mul']);

/** Whether a constant is not zero in float32 and all of it is in float16: an epsilon of 1e-12 that keeps a divisor from zero. */
const vanishes = (tensor: Tensor): boolean => staysBelow(tensor, LARGEST_ZERO_FLOAT16);

/** Whether a constant is not zero, and no element is larger. */
function staysBelow(tensor: Tensor, limit: number): boolean {
  if (tensor.dtype !== 'float32' || tensor.byteLength > MAX_LOOKED_AT_BYTES) return false;
  let found = false;
  for (const x of elements(tensor, 'float32')) {
    if (Math.abs(x) > limit) return false;
    if (x !== 0) found = true;
  }
  return found;
}

function float32Positions(
  values: readonly (Value | undefined)[],
  kept: readonly number[] = [],
): readonly number[] {
  return values.flatMap((value, index) =>
    value?.dtype === 'float32' && !kept.includes(index) ? [index] : [],
  );
}
