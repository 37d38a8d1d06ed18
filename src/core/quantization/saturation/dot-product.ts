/**
 * A dot product with constant weights as the 8-bit kernel walks it: which weight meets which input channel, in which
 * order along the depth. The order decides which two products are added in 16 bits.
 *
 * onnxruntime's QLinearConv works on channels-last images: the depth runs over kernel positions and, within each, over
 * the input channels of the group. A convolution with one input and one output channel per group has a kernel of its own,
 * which adds in 32 bits, and ConvTranspose runs in float. (Seen on onnxruntime 1.30 under an emulated Haswell.)
 */
import type { ChannelAxis } from '../../calibration/sampled-rows.ts';
import type { Node } from '../../ir/node.ts';
import { elementCount } from '../../tensor/tensor.ts';

export interface DotProduct {
  readonly axis: ChannelAxis;
  readonly outputs: number;
  readonly depth: number;
  /** Position in the weight tensor. */
  weightAt(output: number, k: number): number;
  /** Position in a row of input channels. */
  channelAt(output: number, k: number): number;
}

/** Undefined where no pair of products is added in 16 bits. */
export function dotProduct(node: Node): DotProduct | undefined {
  const dims = node.inputs[1]?.initializer?.dims;
  if (!dims || node.domain !== '' || dims.length < 2) return undefined;
  switch (node.opType) {
    case 'Conv':
      return convolution(dims, node.int('group', 1));
    case 'MatMul':
      return matrix(dims, false);
    case 'Gemm':
      return matrix(dims, node.flag('transB'));
    default:
      return undefined;
  }
}

/** Weights [outputs, channels of a group, kernel...]. */
function convolution(dims: readonly number[], groups: number): DotProduct | undefined {
  const [outputs = 0, channels = 0, ...kernel] = dims;
  if (channels === 1 && outputs === groups) return undefined;
  const positions = elementCount(kernel);
  const perGroup = outputs / groups;
  return {
    axis: 'second',
    outputs,
    depth: positions * channels,
    weightAt: (output, k) => (output * channels + (k % channels)) * positions + Math.floor(k / channels),
    channelAt: (output, k) => Math.floor(output / perGroup) * channels + (k % channels),
  };
}

/** Weights [stack..., depth, columns], or [columns, depth] where transposed; a column of each matrix is an output. */
function matrix(dims: readonly number[], transposed: boolean): DotProduct {
  const [depth = 0, columns = 0] = transposed ? dims.toReversed() : dims.slice(-2);
  const stack = elementCount(dims.slice(0, -2));
  return {
    axis: 'last',
    outputs: stack * columns,
    depth,
    weightAt: (output, k) =>
      transposed
        ? output * depth + k
        : (Math.floor(output / columns) * depth + k) * columns + (output % columns),
    channelAt: (_, k) => k,
  };
}
