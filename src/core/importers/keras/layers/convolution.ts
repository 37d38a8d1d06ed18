/**
 * Conv1D to Conv3D, DepthwiseConv and SeparableConv.
 *
 * Kernels: Keras [...spatial, in / groups, out] becomes ONNX [out, in / groups, ...spatial]. A depthwise kernel
 * [...spatial, in, multiplier] becomes [in * multiplier, 1, ...spatial] with as many groups as channels: Keras orders
 * the outputs by channel, then by multiplier, as ONNX groups do. A separable one is a depthwise and a pointwise Conv.
 */
import type { Value } from '../../../ir/value.ts';
import { activate } from '../activations.ts';
import type { Fields } from '../config/fields.ts';
import { attr } from '../graph/builder.ts';
import type { KerasTensor, Shape } from '../graph/keras-tensor.ts';
import { permute } from '../graph/permute.ts';
import { known } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec, Variable } from './layer.ts';
import type { Padding, Window } from './padding.ts';
import { padAttributes, windowOutput } from './padding.ts';
import type { Image } from './spatial.ts';
import { imageOf } from './spatial.ts';

const bias = (fields: Fields): readonly Variable[] => (fields.bool('use_bias', true) ? [{ id: 'bias' }] : []);

const conv = (rank: number): LayerSpec => ({
  masking: 'stop',
  variables: fields => [{ id: 'kernel' }, ...bias(fields)],
  emit(call) {
    const filters = call.fields.int('filters', { min: 1 });
    const groups = call.fields.int('groups', { min: 1, fallback: 1 });
    const image = imageOf(call, rank);
    const channels = channelsOf(call, image);
    if (channels % groups !== 0 || filters % groups !== 0)
      throw call.fields.bad(
        'groups',
        `${groups} groups divide neither ${channels} channels nor ${filters} filters`,
      );
    const window = windowOf(call.fields, rank);
    const dims = [...window.kernel, channels / groups, filters];
    const kernel = call.parameter('kernel', onnxDims(dims), () => toOnnx(call.weight('kernel', dims), dims));
    return activate(
      call,
      convolve(call, image, { kernel, groups, filters, window, bias: biasOf(call, filters) }),
    );
  },
});

const depthwise = (rank: number): LayerSpec => ({
  masking: 'stop',
  variables: fields => [{ id: 'depthwise_kernel' }, ...bias(fields)],
  emit(call) {
    const image = imageOf(call, rank);
    const channels = channelsOf(call, image);
    const window = windowOf(call.fields, rank);
    const { kernel, filters } = depthwiseKernel(call, window, channels);
    const result = convolve(call, image, {
      kernel,
      groups: channels,
      filters,
      window,
      bias: biasOf(call, filters),
    });
    return activate(call, result);
  },
});

const separable = (rank: number): LayerSpec => ({
  masking: 'stop',
  variables: fields => [{ id: 'depthwise_kernel' }, { id: 'pointwise_kernel' }, ...bias(fields)],
  emit(call) {
    const image = imageOf(call, rank);
    const channels = channelsOf(call, image);
    const window = windowOf(call.fields, rank);
    const { kernel, filters: between } = depthwiseKernel(call, window, channels);
    const spread = convolve(call, image, { kernel, groups: channels, filters: between, window });
    const filters = call.fields.int('filters', { min: 1 });
    const ones = new Array<number>(rank).fill(1);
    const dims = [...ones, between, filters];
    const point = call.parameter('pointwise_kernel', onnxDims(dims), () =>
      toOnnx(call.weight('pointwise_kernel', dims), dims),
    );
    const pointwise = {
      kernel: point,
      groups: 1,
      filters,
      window: { kernel: ones, strides: ones, dilations: ones },
    };
    const mixed = convolve(
      call,
      imageOf(call, rank, spread),
      { ...pointwise, bias: biasOf(call, filters) },
      'valid',
    );
    return activate(call, mixed);
  },
});

interface Convolution {
  readonly kernel: Value;
  readonly groups: number;
  readonly filters: number;
  readonly window: Window;
  readonly bias?: Value | undefined;
}

function convolve(
  call: LayerCall,
  image: Image,
  { kernel, groups, filters, window, bias: offset }: Convolution,
  padding: Padding = call.fields.choice('padding', ['valid', 'same', 'causal'], 'valid'),
): KerasTensor {
  const value = call.builder.op('Conv', [image.value, kernel, ...(offset ? [offset] : [])], {
    kernel_shape: attr.ints(window.kernel),
    ...(window.strides.some(stride => stride !== 1) && { strides: attr.ints(window.strides) }),
    ...(window.dilations.some(dilation => dilation !== 1) && { dilations: attr.ints(window.dilations) }),
    ...(groups !== 1 && { group: attr.int(groups) }),
    ...padAttributes(image.spatial, padding, window),
  });
  return image.wrap(value, filters, outputOf(call, image.spatial, padding, window));
}

function outputOf(call: LayerCall, spatial: Shape, padding: Padding, window: Window): Shape {
  const output = windowOutput(spatial, padding, window);
  if (output.some(length => length === 0))
    throw call.fields.bad('kernel_size', `[${window.kernel}] does not fit an input of [${spatial}]`);
  return output;
}

function windowOf(fields: Fields, rank: number): Window {
  return {
    kernel: fields.ints('kernel_size', rank, { min: 1 }),
    strides: fields.ints('strides', rank, { min: 1, fallback: 1 }),
    dilations: fields.ints('dilation_rate', rank, { min: 1, fallback: 1 }),
  };
}

function channelsOf(call: LayerCall, image: Image): number {
  return known(call, image.channels, 'the channel axis');
}

function biasOf(call: LayerCall, filters: number): Value | undefined {
  if (!call.fields.bool('use_bias', true)) return undefined;
  return call.parameter('bias', [filters], () => call.weight('bias', [filters]));
}

function depthwiseKernel(
  call: LayerCall,
  { kernel }: Window,
  channels: number,
): { kernel: Value; filters: number } {
  const multiplier = call.fields.int('depth_multiplier', { min: 1, fallback: 1 });
  const filters = channels * multiplier;
  const dims = [...kernel, channels, multiplier];
  const spatial = kernel.map((_, axis) => axis);
  const value = call.parameter('depthwise_kernel', [filters, 1, ...kernel], () =>
    permute(call.weight('depthwise_kernel', dims), dims, [kernel.length, kernel.length + 1, ...spatial]),
  );
  return { kernel: value, filters };
}

/** [...spatial, in, out] to [out, in, ...spatial]. */
export function toOnnx(kernel: Float32Array, dims: readonly number[]): Float32Array {
  return permute(kernel, dims, onnxOrder(dims.length));
}

export function onnxDims(dims: readonly number[]): readonly number[] {
  return onnxOrder(dims.length).map(axis => dims[axis] as number);
}

function onnxOrder(rank: number): readonly number[] {
  return [rank - 1, rank - 2, ...Array.from({ length: rank - 2 }, (_, axis) => axis)];
}

const CONVOLUTIONS = [1, 2, 3] as const;

export const convolutionLayers: LayerFamily = {
  id: 'convolution',
  layers: {
    ...Object.fromEntries(CONVOLUTIONS.map(rank => [`Conv${rank}D`, conv(rank)])),
    ...Object.fromEntries(CONVOLUTIONS.map(rank => [`Convolution${rank}D`, conv(rank)])),
    DepthwiseConv1D: depthwise(1),
    DepthwiseConv2D: depthwise(2),
    SeparableConv1D: separable(1),
    SeparableConv2D: separable(2),
    SeparableConvolution1D: separable(1),
    SeparableConvolution2D: separable(2),
  },
};
