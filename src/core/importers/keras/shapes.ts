/** Small helpers that every layer family needs: floats, settled layouts, lengths that must be known. */
import type { Value } from '../../ir/value.ts';
import { attr } from './graph/builder.ts';
import type { Shape } from './graph/keras-tensor.ts';
import { KerasTensor, PLAIN } from './graph/keras-tensor.ts';
import { normalizeAxis } from './graph/layout.ts';
import type { LayerCall } from './layers/layer.ts';

/** Keras layers compute in float: integers are cast, as their first operation would. */
export function asFloat(call: LayerCall, tensor: KerasTensor): KerasTensor {
  if (tensor.dtype === 'float32') return tensor;
  return new KerasTensor(call.builder.cast(tensor.value, 'float32'), tensor.shape, {
    ...tensor,
    dtype: 'float32',
  });
}

/** The tensor out of a flattened channels-first order, for what uses the order of the features. */
export function settled(call: LayerCall, tensor: KerasTensor): KerasTensor {
  if (tensor.layout.kind !== 'flat') return tensor;
  return new KerasTensor(call.layouts.plain(tensor), tensor.shape, { ...tensor, layout: PLAIN });
}

export function plainTensor(call: LayerCall, tensor: KerasTensor): KerasTensor {
  if (tensor.layout.kind === 'plain') return tensor;
  return new KerasTensor(call.layouts.plain(tensor), tensor.shape, { ...tensor, layout: PLAIN });
}

/** Lengths that a weight's shape depends on. */
export function staticDims(call: LayerCall, shape: Shape): readonly number[] {
  return shape.map((dim, axis) => known(call, dim, `axis ${axis}`));
}

export function known(call: LayerCall, dim: number | null | undefined, what: string): number {
  if (typeof dim === 'number') return dim;
  throw call.refuse(`the length of ${what} of its input must be known.`, 'Give keras.Input the whole shape.');
}

/** Number of features: the last axis. */
export function features(call: LayerCall, tensor: KerasTensor): number {
  return known(call, tensor.shape.at(-1), 'the last axis');
}

export function axisOf(call: LayerCall, axis: number, rank: number, field = 'axis'): number {
  const at = normalizeAxis(axis, rank);
  if (at < 0 || at >= rank)
    throw call.fields.bad(field, `${axis} is not an axis of a tensor of rank ${rank}`);
  return at;
}

/** int64 length of one axis, at run time. */
export function lengthOf(call: LayerCall, value: Value, axis: number): Value {
  return call.builder.op('Shape', [value], { start: attr.int(axis), end: attr.int(axis + 1) });
}

/** Reshape to Keras dims; more than one unknown length is taken from the axes of the same place where they agree. */
export function reshapeTo(call: LayerCall, value: Value, from: Shape, to: Shape): Value {
  const { builder } = call;
  const unknown = to.filter((dim, axis) => axis > 0 && dim === null).length;
  const keepsBatch = to[0] === null || to[0] === from[0];
  if (unknown === 0 && keepsBatch)
    return builder.reshape(
      value,
      to.map((dim, axis) => (axis === 0 ? 0 : (dim as number))),
    );
  let free = false;
  const dims = to.map((dim, axis) => {
    if (dim !== null) return dim;
    if (axis < from.length && from[axis] === null && axis === 0) return 0;
    if (!free) {
      free = true;
      return -1;
    }
    if (axis < from.length && from[axis] === null) return 0;
    throw call.refuse('more than one length of its output is unknown.', 'Give keras.Input the whole shape.');
  });
  return builder.reshape(value, dims);
}
