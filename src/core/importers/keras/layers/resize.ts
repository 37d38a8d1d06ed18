/**
 * tf.image.resize in ONNX Resize: pixel centers at halves.
 *
 * nearest: floor((i + 0.5) in / out), which ONNX writes as half_pixel rounded up at the half.
 * bicubic: Keys' kernel with a = -0.5, taps outside the image left out. TensorFlow looks the kernel up in a table of
 * 1024 steps, so only ratios that fall on its steps are converted.
 */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import type { LayerCall } from './layer.ts';

const TABLE_STEPS = 1024;
const KEYS_A = -0.5;

/** @param value [batch, channels, ...spatial] */
export function resize(
  call: LayerCall,
  value: Value,
  from: Shape,
  to: readonly number[],
  mode: string,
): Value {
  const { builder: b } = call;
  const sizes = b.op(
    'Concat',
    [b.op('Shape', [value], { start: attr.int(0), end: attr.int(2) }), b.ints(to)],
    {
      axis: attr.int(0),
    },
  );
  return b.op('Resize', [value, undefined, undefined, sizes], {
    coordinate_transformation_mode: attr.text('half_pixel'),
    ...modeOf(call, from, to, mode),
  });
}

function modeOf(call: LayerCall, from: Shape, to: readonly number[], mode: string) {
  switch (mode) {
    case 'nearest':
      return { mode: attr.text('nearest'), nearest_mode: attr.text('round_prefer_ceil') };
    case 'bilinear':
      return { mode: attr.text('linear') };
    case 'bicubic':
      if (!onTable(from, to))
        throw call.refuse(
          'bicubic interpolation by this ratio cannot be reproduced exactly.',
          'Use bilinear.',
        );
      return { mode: attr.text('cubic'), cubic_coeff_a: attr.float(KEYS_A), exclude_outside: attr.int(1) };
    default:
      throw call.refuse(`the interpolation "${mode}" is not supported.`, 'Use nearest or bilinear.');
  }
}

/** Whether every position that is read falls on a step of the table. */
export function onTable(from: Shape, to: readonly number[]): boolean {
  return to.every((length, axis) => {
    const ratio = (from[axis] as number) / length;
    // Position i stands at (i + 0.5) ratio - 0.5: where the first one and the step are on the table, all are.
    const first = (0.5 * ratio - 0.5) * TABLE_STEPS;
    return Number.isInteger(first) && (length === 1 || Number.isInteger(ratio * TABLE_STEPS));
  });
}
