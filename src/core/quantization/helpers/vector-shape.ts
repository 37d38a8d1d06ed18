/**
 * Which vectors a node's weights are multiplied with, and where those weights stand.
 *
 * Undefined where the output is no plain dot product of a vector and a row of weights: ConvTranspose (each output gets
 * another part of the kernel), convolutions over three dimensions, and empty weights.
 */
import type { VectorShape, Window } from '../../calibration/patches.ts';
import type { Node } from '../../ir/node.ts';
import type { WeightMatrix } from '../rounding/gptq.ts';
import { WEIGHT } from './channels/weight-view.ts';

export interface DotProduct {
  readonly shape: VectorShape;
  /** The weights of one group as a matrix over `data`. */
  matrix(data: Float32Array, group: number): WeightMatrix;
  /** Position of (channel of the group, feature) in the whole weight. */
  at(group: number, channel: number, feature: number): number;
  /** Output channels of one group. */
  readonly channels: number;
  /** Axis of the weight that they stand along. */
  readonly channelAxis: number;
}

export function dotProduct(node: Node): DotProduct | undefined {
  const dims = node.inputs[WEIGHT]?.initializer?.dims;
  if (!dims || dims.includes(0)) return undefined;
  const [first = 0, second = 0] = dims;
  switch (node.qualifiedType) {
    case 'Conv':
      return convolution(node, dims);
    case 'MatMul':
      return dims.length === 2 ? product(second, first, 1, second) : undefined;
    case 'Gemm':
      if (node.flag('transA')) return undefined;
      return node.flag('transB') ? product(first, second, second, 1) : product(second, first, 1, second);
    default:
      return undefined;
  }
}

function product(
  channels: number,
  features: number,
  channelStride: number,
  featureStride: number,
): DotProduct {
  return {
    shape: { groups: 1, size: features },
    channels,
    channelAxis: featureStride === 1 ? 0 : 1,
    matrix: data => ({ data, channels, features, channelStride, featureStride }),
    at: (_, channel, feature) => channel * channelStride + feature * featureStride,
  };
}

function convolution(node: Node, dims: readonly number[]): DotProduct | undefined {
  const [outputs = 0, perGroup = 0, ...kernel] = dims;
  const window = windowOf(node, kernel);
  if (!window) return undefined;
  const groups = node.int('group', 1);
  if (groups < 1 || outputs % groups !== 0) return undefined;
  const channels = outputs / groups;
  const size = perGroup * window.kernel[0] * window.kernel[1];
  const block = channels * size;
  return {
    shape: { groups, size, window },
    channels,
    channelAxis: 0,
    matrix: (data, group) => ({
      data: data.subarray(group * block, (group + 1) * block),
      channels,
      features: size,
      channelStride: size,
      featureStride: 1,
    }),
    at: (group, channel, feature) => group * block + channel * size + feature,
  };
}

function windowOf(node: Node, kernel: readonly number[]): Window | undefined {
  if (kernel.length !== 1 && kernel.length !== 2) return undefined;
  const rank = kernel.length;
  const both = (values: readonly number[] | undefined): readonly [number, number] => {
    const [y = 1, x = 1] = rank === 1 ? [1, ...(values ?? [])] : (values ?? []);
    return [y, x];
  };
  const auto = node.string('auto_pad', 'NOTSET');
  const given = auto === 'VALID' ? [] : (node.ints('pads') ?? []);
  const [top = 0, left = 0, bottom = 0, right = 0] = rank === 1 ? [0, given[0], 0, given[1]] : given;
  return {
    kernel: both(kernel),
    strides: both(node.ints('strides')),
    dilations: both(node.ints('dilations')),
    pads: auto === 'SAME_UPPER' || auto === 'SAME_LOWER' ? auto : [top, left, bottom, right],
  };
}
