/**
 * Plan of dynamic quantization: weights are fixed now, activations get their range at run time from each input.
 *
 * No data is needed, so nodes inside If, Loop and Scan bodies take part as well.
 */
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import { walkNodes } from '../ir/walk.ts';
import { operatorSpec } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { INT8_MOVES_BREAK_OPSET } from './lowerings/requantize-moves.ts';
import type { NodeFilter } from './node-filter.ts';
import type { FloatReason, NodeDecision, QuantPlan, WeightQuant } from './plan.ts';
import { MIN_TABLE_ELEMENTS, type QuantType } from './qparams.ts';
import { chooseWeightQuant } from './weights.ts';

export interface DynamicTypes {
  readonly weight: QuantType;
  readonly perChannel: boolean;
  readonly convolutions: boolean;
  readonly reduceRange: boolean;
}

export function planDynamic(model: Model, filter: NodeFilter, types: DynamicTypes): QuantPlan {
  const nodes = new Map<string, NodeDecision>();
  // What moves rows behind a table moves int8 values in float.
  const weight = model.opset >= INT8_MOVES_BREAK_OPSET ? 'uint8' : types.weight;
  // Nothing is multiplied.
  const tables = { ...types, weight, reduceRange: false } as const;
  for (const { node } of walkNodes(model.graph)) {
    const reason = filter(node);
    nodes.set(
      node.name,
      reason ? { action: 'float', reason } : decide(node, node.opType === 'Gather' ? tables : types),
    );
  }
  return { activations: new Map(), nodes };
}

function decide(node: Node, types: DynamicTypes): NodeDecision {
  if (node.domain !== '')
    return float('operator_not_supported', `${node.qualifiedType} has no dynamic 8-bit form`);
  switch (node.opType) {
    case 'MatMul':
    case 'Gemm':
      return linear(node, types);
    case 'Conv':
      return types.convolutions
        ? linear(node, types)
        : float(
            'no_gain',
            'ConvInteger is many times slower than a float Conv on CPUs; "convolutions": true asks for it',
          );
    case 'LSTM':
      return lstm(node, types);
    case 'Gather':
      return table(node, types);
    default:
      return float('operator_not_supported', `${node.opType} has no dynamic 8-bit form`);
  }
}

function linear(node: Node, types: DynamicTypes): NodeDecision {
  const spec = operatorSpec(node);
  const data = node.inputs[0];
  const tensor = node.inputs[1]?.initializer;
  if (spec?.role !== 'linear')
    return float('operator_not_supported', `${node.opType} has no dynamic 8-bit form`);
  if (data?.dtype !== 'float32' || data.initializer)
    return float('not_float', 'its data input is not a float32 value');
  if (!tensor) return float('dynamic_weight', 'its weights are computed at run time');
  if (tensor.dtype !== 'float32') return float('constant_not_float', 'its weights are not float32');
  const declined = spec.check?.(node) ?? declinedBias(node);
  if (declined) return { action: 'float', reason: declined };
  const axis = types.perChannel ? spec.channelAxis(node, tensor.dims) : undefined;
  // ConvInteger takes one zero point: channels of a convolution share the middle one.
  const isConv = node.opType === 'Conv';
  const oneZeroPoint = isConv && axis !== undefined;
  // ConvInteger's kernels widen before they add: nothing saturates.
  const reduceRange = types.reduceRange && !isConv;
  return quantized([[1, weightOf(tensor, axis, { ...types, reduceRange }, oneZeroPoint)]]);
}

/** The bias is added along the channel axis, for which a constant is given a shape. */
function declinedBias(node: Node): FloatReason | undefined {
  const bias = node.inputs[2];
  return node.opType === 'Conv' && bias && !bias.initializer
    ? { code: 'shape_not_supported', text: 'Conv with a bias computed at run time' }
    : undefined;
}

/** DynamicQuantizeLSTM takes one scale per direction; with one direction that is one per tensor. */
function lstm(node: Node, types: DynamicTypes): NodeDecision {
  const [, w, r] = node.inputs;
  if (w?.initializer?.dtype !== 'float32' || r?.initializer?.dtype !== 'float32')
    return float('dynamic_weight', 'its weights are not float32 constants');
  if ([w, r].some(({ initializer }) => initializer?.dims.length !== 3 || initializer.dims.includes(0)))
    return float('shape_not_supported', 'LSTM whose weights are not [directions, gates, inputs]');
  if (node.int('layout', 0) !== 0) return float('shape_not_supported', 'LSTM with layout 1');
  return quantized([
    [1, weightOf(w.initializer, 0, types)],
    [2, weightOf(r.initializer, 0, types)],
  ]);
}

function table(node: Node, types: DynamicTypes): NodeDecision {
  const tensor = node.inputs[0]?.initializer;
  if (tensor?.dtype !== 'float32') return float('not_float', 'it does not read a float32 table');
  if (tensor.byteLength / 4 < MIN_TABLE_ELEMENTS) return float('no_gain', 'its table is small');
  return quantized([[0, weightOf(tensor, undefined, types)]]);
}

function weightOf(
  tensor: Tensor,
  axis: number | undefined,
  types: DynamicTypes,
  oneZeroPoint = false,
): WeightQuant {
  return chooseWeightQuant(tensor, {
    dtype: types.weight,
    symmetric: types.weight === 'int8' || oneZeroPoint,
    reduceRange: types.reduceRange,
    ...(axis !== undefined && { axis }),
  });
}

const float = (code: FloatReason['code'], text: string): NodeDecision => ({
  action: 'float',
  reason: { code, text },
});
const quantized = (weights: readonly (readonly [number, WeightQuant])[]): NodeDecision => ({
  action: 'quantize',
  inputs: weights.map(([index]) => index),
  outputs: [],
  weights: new Map(weights),
});
