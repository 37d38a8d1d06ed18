/** Max, average, global and adaptive pooling. */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, known } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { padAttributes, windowOutput } from './padding.ts';
import type { Image } from './spatial.ts';
import { dataFormat, imageOf } from './spatial.ts';

type Kind = 'Max' | 'Average';

/** Averages leave the padding out of the count, as TensorFlow does (count_include_pad 0, ONNX's default). */
const pool = (kind: Kind, rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { fields } = call;
    const image = imageOf(call, rank);
    const kernel = fields.ints('pool_size', rank, { min: 1, fallback: 2 });
    const strides = fields.has('strides') ? fields.ints('strides', rank, { min: 1 }) : kernel;
    const window = { kernel, strides, dilations: kernel.map(() => 1) };
    const padding = fields.choice('padding', ['valid', 'same'], 'valid');
    const spatial = windowOutput(image.spatial, padding, window);
    if (spatial.some(length => length === 0))
      throw fields.bad('pool_size', `[${kernel}] does not fit an input of [${image.spatial}]`);
    const value = call.builder.op(`${kind}Pool`, [image.value], {
      kernel_shape: attr.ints(kernel),
      strides: attr.ints(strides),
      ...padAttributes(image.spatial, padding, window),
    });
    return image.wrap(value, image.channels, spatial);
  },
});

const globalPool = (kind: Kind, rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b, fields, input } = call;
    const keep = fields.bool('keepdims', false);
    if (kind === 'Average' && rank === 1 && input.mask) return maskedMean(call, input.mask, keep);
    if (input.layout.kind === 'plain' && dataFormat(call) === 'channels_last')
      return reduced(call, kind, rank, keep);
    const image = imageOf(call, rank);
    const pooled = b.op(`Global${kind}Pool`, [image.value]);
    if (keep)
      return image.wrap(
        pooled,
        image.channels,
        image.spatial.map(() => 1),
      );
    const axes = image.spatial.map((_, axis) => axis + 2);
    const value =
      image.channels === null
        ? b.op('Squeeze', [pooled, b.ints(axes)])
        : b.reshape(pooled, [0, image.channels]);
    return new KerasTensor(value, [image.batch, image.channels]);
  },
});

/** Over a tensor that is channels-last as it stands, without moving it. */
function reduced(call: LayerCall, kind: Kind, rank: number, keep: boolean): KerasTensor {
  const { builder: b, input, fields } = call;
  if (input.rank !== rank + 2)
    throw fields.bad('inbound_nodes', `it takes a tensor of rank ${rank + 2}, not ${input.rank}`);
  const axes = Array.from({ length: rank }, (_, index) => index + 1);
  const [batch = null, ...rest] = input.shape;
  const channels = rest.at(-1) ?? null;
  const value = b.op(
    kind === 'Max' ? 'ReduceMax' : 'ReduceMean',
    [asFloat(call, input).value, b.ints(axes)],
    {
      keepdims: attr.int(keep ? 1 : 0),
    },
  );
  return new KerasTensor(value, keep ? [batch, ...axes.map(() => 1), channels] : [batch, channels]);
}

/** Mean over the steps that the mask lets through: sum(x * m) / sum(m). */
function maskedMean(call: LayerCall, mask: Value, keep: boolean): KerasTensor {
  const { builder: b, layouts } = call;
  const input = asFloat(call, call.input);
  const [batch = null, ...rest] = input.shape;
  const last = dataFormat(call) === 'channels_last';
  const steps = b.ints([last ? 1 : 2]);
  const spread = b.op('Unsqueeze', [mask, b.ints([last ? 2 : 1])]);
  const kept = b.op('Where', [spread, layouts.plain(input), b.scalar(0)]);
  const keepdims = attr.int(keep ? 1 : 0);
  const sum = b.op('ReduceSum', [kept, steps], { keepdims });
  const count = b.op('ReduceSum', [b.cast(spread, 'float32'), steps], { keepdims });
  const channels = (last ? rest[1] : rest[0]) ?? null;
  const shape = keep ? (last ? [batch, 1, channels] : [batch, channels, 1]) : [batch, channels];
  return new KerasTensor(b.op('Div', [sum, count]), shape);
}

/** Bins from floor(i * in / out) to ceil((i + 1) * in / out): one axis after the other. */
const adaptive = (kind: Kind, rank: number): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const image = imageOf(call, rank);
    const target = call.fields.ints('output_size', rank, { min: 1 });
    const lengths = image.spatial.map((length, axis) => known(call, length, `spatial axis ${axis}`));
    const even = lengths.every((length, axis) => length % (target[axis] as number) === 0);
    const value = even
      ? call.builder.op(`${kind}Pool`, [image.value], {
          kernel_shape: attr.ints(lengths.map((length, axis) => length / (target[axis] as number))),
          strides: attr.ints(lengths.map((length, axis) => length / (target[axis] as number))),
        })
      : lengths.reduce(
          (x, length, axis) => bins(call, x, kind, { axis: axis + 2, length, count: target[axis] as number }),
          image.value,
        );
    return image.wrap(value, image.channels, target);
  },
});

interface Bins {
  readonly axis: number;
  readonly length: number;
  readonly count: number;
}

function bins(
  { builder: b }: LayerCall,
  value: Image['value'],
  kind: Kind,
  { axis, length, count }: Bins,
): Value {
  const parts = Array.from({ length: count }, (_, index) => {
    const start = Math.floor((index * length) / count);
    const end = Math.ceil(((index + 1) * length) / count);
    const part = b.slice(value, axis, start, end);
    return b.op(kind === 'Max' ? 'ReduceMax' : 'ReduceMean', [part, b.ints([axis])], {
      keepdims: attr.int(1),
    });
  });
  return parts.length === 1 ? (parts[0] as Value) : b.op('Concat', parts, { axis: attr.int(axis) });
}

const RANKS = [1, 2, 3] as const;
const each = (name: (rank: number) => string, spec: (rank: number) => LayerSpec) =>
  Object.fromEntries(RANKS.map(rank => [name(rank), spec(rank)]));

export const poolingLayers: LayerFamily = {
  id: 'pooling',
  layers: {
    ...each(
      rank => `MaxPooling${rank}D`,
      rank => pool('Max', rank),
    ),
    ...each(
      rank => `MaxPool${rank}D`,
      rank => pool('Max', rank),
    ),
    ...each(
      rank => `AveragePooling${rank}D`,
      rank => pool('Average', rank),
    ),
    ...each(
      rank => `AvgPool${rank}D`,
      rank => pool('Average', rank),
    ),
    ...each(
      rank => `GlobalMaxPooling${rank}D`,
      rank => globalPool('Max', rank),
    ),
    ...each(
      rank => `GlobalMaxPool${rank}D`,
      rank => globalPool('Max', rank),
    ),
    ...each(
      rank => `GlobalAveragePooling${rank}D`,
      rank => globalPool('Average', rank),
    ),
    ...each(
      rank => `GlobalAvgPool${rank}D`,
      rank => globalPool('Average', rank),
    ),
    ...each(
      rank => `AdaptiveAveragePooling${rank}D`,
      rank => adaptive('Average', rank),
    ),
    ...each(
      rank => `AdaptiveMaxPooling${rank}D`,
      rank => adaptive('Max', rank),
    ),
  },
};
