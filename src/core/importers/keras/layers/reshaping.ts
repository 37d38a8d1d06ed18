/** Flatten, Reshape, Permute, RepeatVector. */
import { CHANNELS_FIRST, KerasTensor, product } from '../graph/keras-tensor.ts';
import { LIMITS } from '../limits.ts';
import { reshapeTo } from '../shapes.ts';
import type { LayerFamily, LayerSpec } from './layer.ts';

/** Keeps a channels-first image in its order where it can: what follows is told by the layout. */
const flatten: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, input, fields } = call;
    const { shape, rank, dtype } = input;
    const first = fields.has('data_format') && fields.text('data_format') === 'channels_first';
    const count = product(shape.slice(1));
    if (rank === 1)
      return new KerasTensor(b.op('Unsqueeze', [input.value, b.ints([1])]), [...shape, 1], { dtype });
    if (rank === 2) return input;
    if (first) {
      // Keras moves the channels of a channels-first tensor to the end before it flattens.
      const order = [0, ...shape.slice(2).map((_, index) => index + 2), 1];
      const moved = b.transpose(layouts.plain(input), order);
      return new KerasTensor(b.reshape(moved, [0, count ?? -1]), [shape[0] ?? null, count], { dtype });
    }
    if (input.layout.kind === 'channels-first' && count !== null) {
      const value = b.reshape(input.value, [0, count]);
      const still = product(shape.slice(1, -1)) === 1 || shape.at(-1) === 1;
      const layout = still ? ({ kind: 'plain' } as const) : ({ kind: 'flat', of: shape } as const);
      return new KerasTensor(value, [shape[0] ?? null, count], { dtype, layout });
    }
    return new KerasTensor(b.reshape(layouts.plain(input), [0, count ?? -1]), [shape[0] ?? null, count], {
      dtype,
    });
  },
};

const reshape: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, input, fields } = call;
    const target = fields.intList('target_shape');
    if (target.length >= LIMITS.rank) throw fields.bad('target_shape', `more than ${LIMITS.rank - 1} axes`);
    const free = target.filter(dim => dim < 0).length;
    if (free > 1) throw fields.bad('target_shape', 'more than one axis is -1');
    const total = product(input.shape.slice(1));
    const fixed = target.filter(dim => dim >= 0).reduce((a, dim) => a * dim, 1);
    if (total !== null && (free === 0 ? total !== fixed : total % fixed !== 0))
      throw fields.bad('target_shape', `[${target}] does not hold the ${total} elements of the input`);
    const rest = total === null ? null : total / fixed;
    const shape = [input.shape[0] ?? null, ...target.map(dim => (dim < 0 ? rest : dim))];
    const channels = shape.at(-1);
    // One pixel, as in squeeze-and-excite blocks: channels-last and channels-first are the same.
    if (shape.length > 2 && typeof channels === 'number' && product(shape.slice(1, -1)) === 1) {
      const ones = new Array<number>(shape.length - 2).fill(1);
      const flat = input.layout.kind === 'flat' ? layouts.plain(input) : input.value;
      const pixel = input.rank === 2 ? flat : layouts.plain(input);
      return new KerasTensor(b.reshape(pixel, [0, channels, ...ones]), shape, {
        ...input,
        layout: CHANNELS_FIRST,
      });
    }
    return new KerasTensor(reshapeTo(call, layouts.plain(input), input.shape, shape), shape, {
      dtype: input.dtype,
    });
  },
};

/** `dims` counts the axes behind the batch from 1. */
const permute: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, input, fields } = call;
    const dims = fields.intList('dims');
    if (
      dims.length !== input.rank - 1 ||
      [...dims].sort((p, q) => p - q).some((dim, index) => dim !== index + 1)
    )
      throw fields.bad('dims', `[${dims}] is not an order of the axes 1 to ${input.rank - 1}`);
    const order = [0, ...dims];
    const shape = order.map(axis => input.shape[axis] ?? null);
    return new KerasTensor(b.transpose(layouts.plain(input), order), shape, { dtype: input.dtype });
  },
};

const repeatVector: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, input } = call;
    const n = call.fields.int('n', { min: 1 });
    const [batch = null, width = null] = input.shape;
    const row = b.op('Unsqueeze', [layouts.plain(input), b.ints([1])]);
    return new KerasTensor(b.op('Tile', [row, b.ints([1, n, 1])]), [batch, n, width], { dtype: input.dtype });
  },
};

export const reshapingLayers: LayerFamily = {
  id: 'reshaping',
  layers: { Flatten: flatten, Reshape: reshape, Permute: permute, RepeatVector: repeatVector },
};
