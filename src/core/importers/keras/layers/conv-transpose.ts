/**
 * Conv1DTranspose to Conv3DTranspose: the gradient of a convolution, of a given output length.
 *
 * TensorFlow pads as the forward convolution from that length would: `same` total = (in - 1) stride + reach - out, the
 * smaller half in front; `valid` nothing in front. What the ONNX formula leaves over is its end padding, or
 * output_padding where it is negative. Kernel [...spatial, out, in] becomes [in, out, ...spatial].
 * Output lengths: keras/src/backend/common/backend_utils.py, `_get_output_shape_given_tf_padding`.
 */
import { activate } from '../activations.ts';
import { attr } from '../graph/builder.ts';
import { known } from '../shapes.ts';
import { onnxDims, toOnnx } from './convolution.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import type { Window } from './padding.ts';
import { reachOf } from './padding.ts';
import { imageOf } from './spatial.ts';

const transposed = (rank: number): LayerSpec => ({
  masking: 'stop',
  variables: fields => [{ id: 'kernel' }, ...(fields.bool('use_bias', true) ? [{ id: 'bias' }] : [])],
  emit(call) {
    const { fields, builder: b } = call;
    const filters = fields.int('filters', { min: 1 });
    const image = imageOf(call, rank);
    const channels = known(call, image.channels, 'the channel axis');
    const window = {
      kernel: fields.ints('kernel_size', rank, { min: 1 }),
      strides: fields.ints('strides', rank, { min: 1, fallback: 1 }),
      dilations: fields.ints('dilation_rate', rank, { min: 1, fallback: 1 }),
    };
    const dims = [...window.kernel, filters, channels];
    const kernel = call.parameter('kernel', onnxDims(dims), () => toOnnx(call.weight('kernel', dims), dims));
    const bias = fields.bool('use_bias', true)
      ? [call.parameter('bias', [filters], () => call.weight('bias', [filters]))]
      : [];
    const axes = window.kernel.map((_, axis) => paddingOf(call, window, axis, rank));
    const value = b.op('ConvTranspose', [image.value, kernel, ...bias], {
      kernel_shape: attr.ints(window.kernel),
      strides: attr.ints(window.strides),
      dilations: attr.ints(window.dilations),
      pads: attr.ints([...axes.map(({ begin }) => begin), ...axes.map(({ end }) => end)]),
      output_padding: attr.ints(axes.map(({ extra }) => extra)),
    });
    const spatial = image.spatial.map((length, axis) => {
      const offset = (axes[axis] as AxisPadding).offset;
      return length === null ? null : (length - 1) * (window.strides[axis] as number) + offset;
    });
    return activate(call, image.wrap(value, filters, spatial));
  },
});

interface AxisPadding {
  readonly begin: number;
  readonly end: number;
  readonly extra: number;
  /** out = (in - 1) stride + offset */
  readonly offset: number;
}

function paddingOf(
  call: LayerCall,
  { kernel, strides, dilations }: Window,
  axis: number,
  rank: number,
): AxisPadding {
  const { fields } = call;
  const same = fields.choice('padding', ['valid', 'same'], 'valid') === 'same';
  const stride = strides[axis] as number;
  const reach = reachOf(kernel, dilations, axis);
  const given = fields.has('output_padding')
    ? (fields.ints('output_padding', rank)[axis] as number)
    : undefined;
  const offset = same
    ? given === undefined
      ? stride
      : (reach % 2) + given
    : reach + (given ?? Math.max(reach, stride) - reach);
  const begin = same ? Math.floor(Math.max(reach - offset, 0) / 2) : 0;
  const rest = reach - begin - offset;
  return { begin, end: Math.max(rest, 0), extra: Math.max(-rest, 0), offset };
}

export const convTransposeLayers: LayerFamily = {
  id: 'conv-transpose',
  layers: {
    Conv1DTranspose: transposed(1),
    Conv2DTranspose: transposed(2),
    Conv3DTranspose: transposed(3),
    Deconvolution2D: transposed(2),
    Convolution2DTranspose: transposed(2),
  },
};
