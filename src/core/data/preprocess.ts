/**
 * How an array becomes a float input, element by element in float32 (the arithmetic of numpy with float32 scalars):
 *
 *   y = ((x * scale + bias) - mean[channel]) / std[channel]
 *
 * and, where the layout differs, the transposition between channels first and channels last. Images are brought to the
 * input's size before that, where `resize` says how.
 */
import type { Static } from 'typebox';
import { BitpressError } from '../../errors.ts';
import { Type } from '../schema.ts';

const Channels = Type.Array(Type.Number(), { minItems: 1, maxItems: 4096 });

export const Resize = Type.Union(
  [
    Type.Literal('stretch'),
    Type.Literal('cover'),
    Type.Object(
      { shorterSide: Type.Integer({ minimum: 1, maximum: 16_384 }) },
      { additionalProperties: false },
    ),
  ],
  {
    description:
      'What is done to an image of another size than the input: stretched to it; scaled until it covers it, or until its shorter side has this many pixels, and then cut at the centre',
  },
);
export type Resize = Static<typeof Resize>;

export const Preprocess = Type.Object(
  {
    scale: Type.Optional(
      Type.Number({
        description:
          'Multiplied with each element; 1 where left out. 0.00392156862745098 (1/255) maps bytes to 0..1',
      }),
    ),
    bias: Type.Optional(Type.Number({ description: 'Added after the scale; 0 where left out' })),
    mean: Type.Optional({ ...Channels, description: 'Per channel, subtracted after scale and bias' }),
    std: Type.Optional({ ...Channels, description: 'Per channel, divides last' }),
    layout: Type.Optional(
      Type.Union([Type.Literal('nchw'), Type.Literal('nhwc')], {
        description: 'Layout of the model input; the array is transposed where it differs',
      }),
    ),
    resize: Type.Optional(Resize),
  },
  { additionalProperties: false, description: '((x * scale + bias) - mean[channel]) / std[channel]' },
);
export type Preprocess = Static<typeof Preprocess>;

/** From the array's layout to the model's, as the axis of the array that each axis of the model's input comes from. */
export function transposition(layout: 'nchw' | 'nhwc', rank: number): readonly number[] {
  const spatial = Array.from({ length: rank - 2 }, (_, index) => index);
  return layout === 'nchw'
    ? [0, rank - 1, ...spatial.map(index => index + 1)]
    : [0, ...spatial.map(index => index + 2), 1];
}

export function permute(shape: readonly number[], axes: readonly number[]): readonly number[] {
  return axes.map(axis => shape[axis]!);
}

/** Elements of `source` (of shape `shape`), so that axis i of the result is axis axes[i] of the source. */
export function transpose<T extends { length: number; [index: number]: number | bigint }>(
  source: T,
  target: T,
  shape: readonly number[],
  axes: readonly number[],
): T {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, dim) => product * dim, 1));
  const outer = permute(shape, axes);
  const steps = permute(strides, axes);
  const index = new Array<number>(outer.length).fill(0);
  let from = 0;
  for (let to = 0; to < source.length; to++) {
    target[to] = source[from]!;
    for (let axis = outer.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      if (++index[axis]! < outer[axis]!) break;
      from -= steps[axis]! * outer[axis]!;
      index[axis] = 0;
    }
  }
  return target;
}

/** Applies scale, bias, mean and std in place to elements of the shape `dims`. */
export type Normalization = (data: Float32Array, dims: readonly number[]) => void;

/**
 * @param field where the options stand in the spec, for messages
 * @throws BitpressError invalid_spec
 */
export function normalization(options: Preprocess, field: string): Normalization {
  const scale = Math.fround(options.scale ?? 1);
  const bias = Math.fround(options.bias ?? 0);
  const mean = Float32Array.from(options.mean ?? [0]);
  const std = Float32Array.from(options.std ?? [1]);
  if (std.some(value => value === 0))
    throw new BitpressError('invalid_spec', `${field}.std holds 0`, { field });
  const channels = Math.max(mean.length, std.length);
  if ((mean.length !== 1 && mean.length !== channels) || (std.length !== 1 && std.length !== channels))
    throw new BitpressError(
      'invalid_spec',
      `${field} has ${mean.length} entries in mean and ${std.length} in std`,
      { field },
    );

  return (data, dims) => {
    const axis = channels === 1 ? dims.length : channelAxis(dims);
    const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
    for (let index = 0; index < data.length; index++) {
      const scaled = Math.fround(Math.fround(data[index]! * scale) + bias);
      const channel = channels === 1 ? 0 : Math.floor(index / inner) % channels;
      data[index] =
        Math.fround(scaled - mean[mean.length === 1 ? 0 : channel]!) / std[std.length === 1 ? 0 : channel]!;
    }
  };

  function channelAxis(dims: readonly number[]): number {
    const last = dims.length - 1;
    const fits = [1, last].filter(
      (axis, index, all) => dims[axis] === channels && all.indexOf(axis) === index,
    );
    const layoutAxis = options.layout === 'nhwc' ? last : options.layout === 'nchw' ? 1 : undefined;
    const axis = layoutAxis ?? (fits.length === 1 ? fits[0] : undefined);
    if (axis !== undefined && dims[axis] === channels) return axis;
    throw new BitpressError(
      'dataset_mismatch',
      `${field} has ${channels} channels, but the input has the shape [${dims.join(', ')}]`,
      { field, hint: 'Give mean and std one entry per channel, and "layout" where two axes would fit.' },
    );
  }
}
