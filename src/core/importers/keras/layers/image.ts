/** ZeroPadding, Cropping, UpSampling, Resizing, CenterCrop: moving pixels. */

import { isList } from '../config/json.ts';
import { attr, MAX_END } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { axisIn } from '../graph/layout.ts';
import { asFloat, known, settled } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { resize } from './resize.ts';
import { dataFormat, imageOf } from './spatial.ts';

type Margins = readonly (readonly [before: number, after: number])[];

/** `n`, `[a, b]` (one axis: before and after; more: the same on both sides of each) or `[[a, b], ...]`. */
function margins(call: LayerCall, field: string, rank: number): Margins {
  const json = call.fields.json(field) ?? 1;
  const lists = isList(json) ? json : new Array<typeof json>(rank).fill(json);
  const pairs: Margins =
    rank === 1 && isList(json) && !isList(json[0])
      ? [pair(call, field, json)]
      : lists.map(item => pair(call, field, isList(item) ? item : [item, item]));
  if (pairs.length !== rank) throw call.fields.bad(field, `must hold ${rank} pairs`);
  return pairs;
}

function pair(
  call: LayerCall,
  field: string,
  [before, after]: readonly unknown[],
): readonly [number, number] {
  const whole = (value: unknown): value is number =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0;
  if (!whole(before) || !whole(after)) throw call.fields.bad(field, 'must hold non-negative integers');
  return [before, after];
}

const zeroPadding = (rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b } = call;
    const { input, axes } = spatialAxes(call, rank);
    const pads = margins(call, 'padding', rank);
    const at = (axis: number) => axes.findIndex(keras => axisIn(input.layout, keras, input.rank) === axis);
    const side = (which: 0 | 1) => input.shape.map((_, axis) => pads[at(axis)]?.[which] ?? 0);
    const value = b.op('Pad', [input.value, b.ints([...side(0), ...side(1)]), b.scalar(0)], {
      mode: attr.text('constant'),
    });
    const shape = input.shape.map((dim, axis) => {
      const [before, after] = pads[axes.indexOf(axis)] ?? [0, 0];
      return dim === null ? null : dim + before + after;
    });
    return new KerasTensor(value, shape, { layout: input.layout });
  },
});

const cropping = (rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { input, axes } = spatialAxes(call, rank);
    const crops = margins(call, 'cropping', rank);
    const shape = input.shape.map((dim, axis) => {
      const [before, after] = crops[axes.indexOf(axis)] ?? [0, 0];
      if (dim !== null && dim - before - after <= 0)
        throw call.fields.bad('cropping', 'nothing is left of the input');
      return dim === null ? null : dim - before - after;
    });
    return new KerasTensor(cut(call, input, axes, crops), shape, { layout: input.layout });
  },
});

function cut({ builder: b }: LayerCall, input: KerasTensor, axes: readonly number[], crops: Margins) {
  const used = axes.map((axis, index) => ({
    axis: axisIn(input.layout, axis, input.rank),
    crop: crops[index] ?? [0, 0],
  }));
  const real = used.filter(({ crop: [before, after] }) => before > 0 || after > 0);
  if (real.length === 0) return input.value;
  return b.op('Slice', [
    input.value,
    b.ints(real.map(({ crop: [before] }) => before)),
    b.ints(real.map(({ crop: [, after] }) => (after === 0 ? MAX_END : -after))),
    b.ints(real.map(({ axis }) => axis)),
  ]);
}

/** The input in the layout it has, and where its spatial axes are in Keras's order. */
function spatialAxes(call: LayerCall, rank: number): { input: KerasTensor; axes: readonly number[] } {
  const input = settled(call, asFloat(call, call.input));
  if (input.rank !== rank + 2)
    throw call.fields.bad('inbound_nodes', `it takes a tensor of rank ${rank + 2}, not ${input.rank}`);
  const first = dataFormat(call) === 'channels_first' ? 2 : 1;
  return { input, axes: Array.from({ length: rank }, (_, index) => index + first) };
}

const upSampling = (rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b, fields } = call;
    const image = imageOf(call, rank);
    const size = fields.ints('size', rank, { min: 1, fallback: 2 });
    const mode = fields.text('interpolation', 'nearest');
    const spatial = image.spatial.map((length, axis) =>
      length === null ? null : length * (size[axis] as number),
    );
    if (mode !== 'nearest') {
      const target = spatial.map((length, axis) => known(call, length, `spatial axis ${axis}`));
      return image.wrap(resize(call, image.value, image.spatial, target, mode), image.channels, target);
    }
    const scales = b.floats([1, 1, ...size], [rank + 2], 'scales');
    const value = b.op('Resize', [image.value, undefined, scales], {
      mode: attr.text('nearest'),
      coordinate_transformation_mode: attr.text('asymmetric'),
      nearest_mode: attr.text('floor'),
    });
    return image.wrap(value, image.channels, spatial);
  },
});

const resizing: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, fields, version, input } = call;
    const size = [fields.int('height', { min: 1 }), fields.int('width', { min: 1 })] as const;
    const image = imageOf(call, 2);
    if (fields.bool('antialias', false))
      throw call.refuse('it resizes with antialias=True.', 'Set antialias=False.');
    const lengths = image.spatial.map((length, axis) => known(call, length, `spatial axis ${axis}`));
    const fitted = toRatio(call, image.value, lengths, size);
    const mode = fields.text('interpolation', 'bilinear');
    const resized = image.wrap(resize(call, fitted.value, fitted.lengths, size, mode), image.channels, size);
    // Keras 3 gives integer images back as integers.
    if (input.dtype === 'float32' || version.major < 3) return resized;
    const rounded = mode === 'nearest' ? resized.value : b.op('Round', [resized.value]);
    return new KerasTensor(b.cast(rounded, input.dtype), resized.shape, {
      layout: resized.layout,
      dtype: input.dtype,
    });
  },
};

/** Cut to the target's aspect ratio, or filled up to it, as keras.ops.image.resize counts it. */
function toRatio(
  call: LayerCall,
  value: KerasTensor['value'],
  lengths: readonly number[],
  [height, width]: readonly [number, number],
) {
  const { builder: b, fields } = call;
  const [h = 0, w = 0] = lengths;
  const wished = [Math.trunc(Math.fround(w * height) / width), Math.trunc(Math.fround(h * width) / height)];
  if (fields.bool('crop_to_aspect_ratio', false)) {
    const kept = [h, w].map((length, axis) => Math.max(1, Math.min(length, wished[axis] as number)));
    const starts = [h, w].map((length, axis) => Math.trunc((length - (kept[axis] as number)) / 2));
    const ends = starts.map((start, axis) => start + (kept[axis] as number));
    return { value: b.op('Slice', [value, b.ints(starts), b.ints(ends), b.ints([2, 3])]), lengths: kept };
  }
  if (fields.bool('pad_to_aspect_ratio', false)) {
    const pads = [h, w].map((length, axis) =>
      Math.trunc((Math.max(length, wished[axis] as number) - length) / 2),
    );
    const fill = b.scalar(fields.number('fill_value', 0));
    const padded = b.op('Pad', [value, b.ints([0, 0, ...pads, 0, 0, ...pads]), fill], {
      mode: attr.text('constant'),
    });
    return { value: padded, lengths: [h, w].map((length, axis) => length + 2 * (pads[axis] as number)) };
  }
  return { value, lengths };
}

const centerCrop: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { input, axes } = spatialAxes(call, 2);
    const size = [call.fields.int('height', { min: 1 }), call.fields.int('width', { min: 1 })];
    const crops = axes.map((axis, index): readonly [number, number] => {
      const length = known(call, input.shape[axis], `axis ${axis}`);
      const left = length - (size[index] as number);
      if (left < 0)
        throw call.refuse('its input is smaller than the crop, so it would resize.', 'Use Resizing.');
      return [Math.floor(left / 2), left - Math.floor(left / 2)];
    });
    const shape: Shape = input.shape.map((dim, axis) => size[axes.indexOf(axis)] ?? dim);
    return new KerasTensor(cut(call, input, axes, crops), shape, { layout: input.layout });
  },
};

const RANKS = [1, 2, 3] as const;
const each = (name: string, spec: (rank: number) => LayerSpec) =>
  Object.fromEntries(RANKS.map(rank => [`${name}${rank}D`, spec(rank)]));

export const imageLayers: LayerFamily = {
  id: 'image',
  layers: {
    ...each('ZeroPadding', zeroPadding),
    ...each('Cropping', cropping),
    ...each('UpSampling', upSampling),
    Resizing: resizing,
    CenterCrop: centerCrop,
  },
};
