/**
 * The padding of TensorFlow's windows in ONNX terms.
 *
 * `same`: out = ceil(in / stride); total padding max((out - 1) stride + kernel - in, 0), the smaller half in front
 * (https://www.tensorflow.org/api_docs/python/tf/nn#notes_on_padding_2), which is auto_pad SAME_UPPER.
 * `valid`: none. `causal` (Conv1D): all in front, so that no output sees a later step.
 */
import type { Attributes } from '../graph/builder.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';

export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
}

export type Padding = 'valid' | 'same' | 'causal';

/** Length of each spatial axis of the output. */
export function windowOutput(
  spatial: Shape,
  padding: Padding,
  { kernel, strides, dilations }: Window,
): Shape {
  return spatial.map((length, axis) => {
    if (length === null) return null;
    const reach = reachOf(kernel, dilations, axis);
    const stride = strides[axis] as number;
    return padding === 'valid'
      ? Math.max(0, Math.floor((length - reach) / stride) + 1)
      : Math.ceil(length / stride);
  });
}

/** `pads` where the lengths are known or do not matter, else `auto_pad`. */
export function padAttributes(spatial: Shape, padding: Padding, window: Window): Attributes {
  if (padding === 'valid') return {};
  const totals = spatial.map((length, axis) => totalPad(length, padding, window, axis));
  if (totals.some(total => total === null)) return { auto_pad: attr.text('SAME_UPPER') };
  const begins = totals.map(total =>
    padding === 'causal' ? (total as number) : Math.floor((total as number) / 2),
  );
  const ends = totals.map((total, axis) => (total as number) - (begins[axis] as number));
  if ([...begins, ...ends].every(pad => pad === 0)) return {};
  return { pads: attr.ints([...begins, ...ends]) };
}

function totalPad(length: number | null, padding: Padding, window: Window, axis: number): number | null {
  const { kernel, strides, dilations } = window;
  const reach = reachOf(kernel, dilations, axis);
  const stride = strides[axis] as number;
  if (padding === 'causal' || stride === 1) return reach - 1;
  if (length === null) return null;
  return Math.max((Math.ceil(length / stride) - 1) * stride + reach - length, 0);
}

/** Length that a dilated kernel covers. */
export function reachOf(kernel: readonly number[], dilations: readonly number[], axis: number): number {
  return ((kernel[axis] as number) - 1) * (dilations[axis] as number) + 1;
}
