/**
 * Plan of weight-only quantization: constant matrices of MatMul and Gemm get blocks of 4 or 8 bits, everything else and
 * all activations stay float. Nodes inside If, Loop and Scan bodies take part.
 */
import { BitpressError } from '../../errors.ts';
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import { walkNodes } from '../ir/walk.ts';
import { extent, firstNotFinite, isFiniteExtent } from '../tensor/reduce.ts';
import { elements } from '../tensor/tensor.ts';
import { type BlockOptions, chooseBlocks } from './block-rtn.ts';
import type { NodeFilter } from './node-filter.ts';
import type { FloatReason, NodeDecision, QuantPlan } from './plan.ts';

export type WeightOnlyTypes = Omit<BlockOptions, 'axis'>;

export function planWeightOnly(model: Model, filter: NodeFilter, types: WeightOnlyTypes): QuantPlan {
  const nodes = new Map<string, NodeDecision>();
  for (const { node } of walkNodes(model.graph)) {
    const reason = filter(node) ?? declined(node);
    nodes.set(node.name, reason ? { action: 'float', reason } : quantized(node, types));
  }
  return { activations: new Map(), nodes };
}

const reason = (code: FloatReason['code'], text: string): FloatReason => ({ code, text });

function declined(node: Node): FloatReason | undefined {
  const type = node.qualifiedType;
  if (type !== 'MatMul' && type !== 'Gemm')
    return reason('operator_not_supported', `${type} has no weight-only form`);
  const weight = node.inputs[1]?.initializer;
  if (!weight) return reason('dynamic_weight', 'its second operand is computed at run time');
  if (weight.dtype !== 'float32') return reason('constant_not_float', 'its weights are not float32');
  if (weight.dims.length !== 2) return reason('shape_not_supported', 'its weights are not a matrix');
  if (weight.dims.includes(0)) return reason('shape_not_supported', 'its weights are empty');
  if (type === 'MatMul') return undefined;
  if (node.int('transA', 0) !== 0) return reason('shape_not_supported', 'Gemm with a transposed A');
  if (node.float('alpha', 1) !== 1 || node.float('beta', 1) !== 1)
    return reason('shape_not_supported', 'Gemm with alpha or beta that could not be folded into constants');
  return undefined;
}

function quantized(node: Node, types: WeightOnlyTypes): NodeDecision {
  const value = node.inputs[1];
  const tensor = value?.initializer;
  if (!tensor) throw new Error(`${node.name} has no constant weight`);
  const data = elements(tensor, 'float32');
  const axis = node.int('transB', 0) === 1 ? 1 : 0;
  const quant = chooseBlocks(data, tensor.dims, { ...types, axis });
  // What is not finite shows in its block's scale.
  const at = isFiniteExtent(extent(quant.scales)) ? -1 : firstNotFinite(data);
  if (at >= 0)
    throw new BitpressError('model_invalid', `Constant "${value.name}" holds ${data[at]} at element ${at}.`);
  return { action: 'quantize', inputs: [1], outputs: [], weights: new Map([[1, quant]]) };
}
