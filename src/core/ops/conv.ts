/**
 * Convolutions. Weight layout: Conv [M, C/group, k...] (channel axis 0), ConvTranspose [C, M/group, k...] (axis 1).
 * https://onnx.ai/onnx/operators/onnx__Conv.html, https://onnx.ai/onnx/operators/onnx__ConvTranspose.html
 */
import type { Node } from '../ir/node.ts';
import type { Dim } from '../ir/value.ts';
import type { FloatReason } from '../quantization/plan.ts';
import { type OperatorFamily, unsupported } from './operator.ts';

export const conv: OperatorFamily = {
  id: 'conv',
  operators: {
    Conv: {
      role: 'linear',
      data: 0,
      weight: 1,
      bias: 2,
      floatOutput: false,
      channelAxis: () => 0,
      check: node => spatialWeights(node) ?? channelBias(node, node.inputs[1]?.dims?.[0]),
    },
    ConvTranspose: {
      role: 'linear',
      data: 0,
      weight: 1,
      bias: 2,
      floatOutput: false,
      // With groups, axis 1 holds the channels of one group only: they repeat for every group, and the bias, which has
      // one entry for each of the M channels, could not be scaled by them.
      channelAxis: node => (node.int('group', 1) === 1 ? 1 : undefined),
      check: node =>
        node.inputs[1]?.initializer
          ? (spatialWeights(node) ?? channelBias(node, transposedOutputs(node)))
          : unsupported('ConvTranspose with weights computed at run time'),
    },
  },
};

function spatialWeights(node: Node): FloatReason | undefined {
  return (node.inputs[1]?.dims?.length ?? 0) > 2
    ? undefined
    : unsupported(`${node.opType} whose weights have no spatial axis`);
}

function transposedOutputs(node: Node): number {
  return (node.inputs[1]?.initializer?.dims[1] ?? 0) * node.int('group', 1);
}

/** A bias is scaled and reshaped by its channels. */
function channelBias(node: Node, channels: Dim): FloatReason | undefined {
  const dims = node.inputs[2]?.initializer?.dims;
  return dims && (dims.length !== 1 || dims[0] !== channels)
    ? unsupported(`${node.opType} whose bias is not one value per output channel`)
    : undefined;
}
