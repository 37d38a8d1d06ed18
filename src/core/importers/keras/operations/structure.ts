/** GetItem, Reshape, Transpose, ExpandDims, Squeeze, Concatenate, Stack, Matmul: where elements go. */
import type { Value } from '../../../ir/value.ts';
import { attr, MAX_END, MIN_END } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { KerasTensor, product } from '../graph/keras-tensor.ts';
import { broadcast, normalizeAxis } from '../graph/layout.ts';
import type { Argument, LayerCall, LayerFamily, LayerSpec } from '../layers/layer.ts';
import { asFloat, axisOf, reshapeTo } from '../shapes.ts';
import { tensorsIn } from '../topology/layer-call.ts';
import { argument, tensorArgument } from './operands.ts';

/** x[key]: integers, slices, None and an ellipsis. */
const getItem: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts } = call;
    const input = tensorArgument(call, 0, 'x');
    const key = argument(call, 1, 'key');
    const items = spelledOut(call, Array.isArray(key) ? (key as readonly Argument[]) : [key], input.rank);
    const shape: (number | null)[] = [];
    const [starts, ends, axes, steps, dropped, fresh]: number[][] = [[], [], [], [], [], []];
    let axis = 0;
    for (const item of items) {
      if (item === null) {
        fresh?.push(shape.length);
        shape.push(1);
        continue;
      }
      const dim = input.shape[axis] ?? null;
      if (typeof item === 'number' && Number.isSafeInteger(item)) {
        starts?.push(item);
        ends?.push(item === -1 ? MAX_END : item + 1);
        axes?.push(axis);
        steps?.push(1);
        dropped?.push(axis);
      } else {
        const range = rangeOf(call, item);
        if (range) {
          starts?.push(range.start);
          ends?.push(range.end);
          axes?.push(axis);
          steps?.push(range.step);
        }
        shape.push(range ? lengthOf(dim, range) : dim);
      }
      axis++;
    }
    const lists = [starts, ends, axes, steps].map(list => b.ints(list ?? []));
    const cut = axes?.length ? b.op('Slice', [layouts.plain(input), ...lists]) : layouts.plain(input);
    const squeezed = dropped?.length ? b.op('Squeeze', [cut, b.ints(dropped)]) : cut;
    const value = fresh?.length ? b.op('Unsqueeze', [squeezed, b.ints(fresh)]) : squeezed;
    return new KerasTensor(value, shape, { dtype: input.dtype });
  },
};

/** The key with its ellipsis and its missing end as full slices. */
function spelledOut(call: LayerCall, items: readonly Argument[], rank: number): readonly Argument[] {
  const used = items.filter(item => item !== null && item !== '...').length;
  if (used > rank) throw call.refuse(`it takes ${used} indices from a tensor of rank ${rank}.`);
  const full: Argument = { kind: 'slice', start: null, stop: null, step: null };
  const rest = new Array<Argument>(rank - used).fill(full);
  const at = items.indexOf('...');
  return at < 0 ? [...items, ...rest] : [...items.slice(0, at), ...rest, ...items.slice(at + 1)];
}

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

function rangeOf(call: LayerCall, item: Argument): Range | undefined {
  if (typeof item !== 'object' || item === null || !('kind' in item) || item.kind !== 'slice')
    throw call.refuse('it is indexed by something else than integers and slices.');
  const number = (value: Argument, fallback: number) => {
    if (value === null || value === undefined) return fallback;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
    throw call.refuse('a slice has a bound that is not an integer.');
  };
  const step = number(item.step, 1);
  if (step === 0) throw call.refuse('a slice has step 0.');
  if (item.start === null && item.stop === null && step === 1) return undefined;
  return {
    start: number(item.start, step > 0 ? 0 : -1),
    end: number(item.stop, step > 0 ? MAX_END : MIN_END),
    step,
  };
}

/** As Python's slice.indices. */
function lengthOf(dim: number | null, { start, end, step }: Range): number | null {
  if (dim === null) return null;
  const bound = (value: number) =>
    Math.min(Math.max(value < 0 ? value + dim : value, step > 0 ? 0 : -1), step > 0 ? dim : dim - 1);
  const from = bound(start);
  const to = end === MIN_END ? -1 : bound(end);
  return Math.max(0, Math.ceil((to - from) / step));
}

const reshape: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const input = tensorArgument(call, 0, 'x');
    const target = call.fields.has('newshape')
      ? call.fields.intList('newshape')
      : call.fields.intList('shape');
    const total = product(input.shape.slice(1));
    const [lead = -1, ...rest] = target;
    const fixed = product(rest.filter(dim => dim >= 0)) ?? 1;
    const free = rest.some(dim => dim < 0);
    if (lead >= 0 && input.shape[0] === null)
      throw call.refuse('it fixes the batch size.', 'Use -1 for the batch.');
    const inner = rest.map(dim => (dim < 0 ? (total === null ? null : total / fixed) : dim));
    if (!free && total !== null && fixed !== total) throw call.refuse('it mixes the batch with other axes.');
    const shape: Shape = [input.shape[0] ?? null, ...inner];
    return new KerasTensor(reshapeTo(call, call.layouts.plain(input), input.shape, shape), shape, {
      dtype: input.dtype,
    });
  },
};

const transpose: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const input = tensorArgument(call, 0, 'x');
    const reversed = input.shape.map((_, axis) => input.rank - 1 - axis);
    const axes = call.fields.has('axes')
      ? call.fields.intList('axes').map(axis => axisOf(call, axis, input.rank))
      : reversed;
    const shape = axes.map(axis => input.shape[axis] ?? null);
    return new KerasTensor(call.builder.transpose(call.layouts.plain(input), axes), shape, {
      dtype: input.dtype,
    });
  },
};

const expandDims: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const input = tensorArgument(call, 0, 'x');
    const added = call.fields.intList('axis').map(axis => normalizeAxis(axis, input.rank + 1));
    const shape = [...input.shape];
    for (const axis of [...added].sort((p, q) => p - q)) shape.splice(axis, 0, 1);
    const value = call.builder.op('Unsqueeze', [call.layouts.plain(input), call.builder.ints(added)]);
    return new KerasTensor(value, shape, { dtype: input.dtype });
  },
};

const squeeze: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const input = tensorArgument(call, 0, 'x');
    const ones = input.shape.flatMap((dim, axis) => (dim === 1 ? [axis] : []));
    const axes = call.fields.has('axis')
      ? call.fields.intList('axis').map(axis => axisOf(call, axis, input.rank))
      : ones;
    const value = call.builder.op('Squeeze', [call.layouts.plain(input), call.builder.ints(axes)]);
    return new KerasTensor(
      value,
      input.shape.filter((_, axis) => !axes.includes(axis)),
      { dtype: input.dtype },
    );
  },
};

/** Along an axis that is there (Concatenate) or new (Stack). */
const join = (stack: boolean): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, fields } = call;
    const given = tensorsIn(argument(call, 0, stack ? 'x' : 'xs'));
    const same = new Set(given.map(({ dtype }) => dtype)).size === 1;
    const tensors = same ? given : given.map(tensor => asFloat(call, tensor));
    const [first] = tensors;
    if (!first) throw call.refuse('it joins nothing.');
    const rank = first.rank + (stack ? 1 : 0);
    const axis = axisOf(call, fields.int('axis', { min: -rank, fallback: stack ? 0 : -1 }), rank);
    const values = tensors.map(tensor => {
      const plain = layouts.plain(tensor);
      return stack ? b.op('Unsqueeze', [plain, b.ints([axis])]) : plain;
    });
    const lengths = tensors.map(tensor => (stack ? 1 : (tensor.shape[axis] ?? null)));
    const shape = stack ? [...first.shape.slice(0, axis), 1, ...first.shape.slice(axis)] : [...first.shape];
    shape[axis] = lengths.includes(null)
      ? null
      : lengths.reduce<number>((sum, length) => sum + (length ?? 0), 0);
    return new KerasTensor(b.op('Concat', values, { axis: attr.int(axis) }), shape, { dtype: first.dtype });
  },
});

const matmul: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const [x, y] = [
      asFloat(call, tensorArgument(call, 0, 'x1')),
      asFloat(call, tensorArgument(call, 1, 'x2')),
    ];
    if (x.rank < 2 || y.rank < 2) throw call.refuse('it multiplies vectors.', 'Use matrices.');
    const values: readonly Value[] = [call.layouts.plain(x), call.layouts.plain(y)];
    const lead = broadcast([x.shape.slice(0, -2), y.shape.slice(0, -2)]);
    return new KerasTensor(call.builder.op('MatMul', values), [
      ...lead,
      x.shape.at(-2) ?? null,
      y.shape.at(-1) ?? null,
    ]);
  },
};

export const structure: LayerFamily = {
  id: 'structure',
  layers: {
    GetItem: getItem,
    Reshape: reshape,
    Transpose: transpose,
    ExpandDims: expandDims,
    Squeeze: squeeze,
    Concatenate: join(false),
    Stack: join(true),
    Matmul: matmul,
  },
};
