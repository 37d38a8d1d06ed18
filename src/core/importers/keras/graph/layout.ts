/**
 * The layout planner: Keras is channels-last, ONNX convolutions are channels-first, and between two convolutions no
 * Transpose may stand.
 *
 * How: a tensor stays in the layout in which it was made until something needs another one. Elementwise layers work in
 * whatever layout their inputs share, so a chain Conv, BatchNormalization, ReLU, Add, Conv stays channels-first from
 * end to end; a Flatten keeps the channels-first order and the Dense behind it reorders its kernel instead.
 *
 * Invariant: a conversion is written once for each value and direction, and converting back gives the original value.
 */
import type { Value } from '../../../ir/value.ts';
import type { GraphBuilder } from './builder.ts';
import type { Layout, Shape } from './keras-tensor.ts';
import { CHANNELS_FIRST, KerasTensor, PLAIN, product } from './keras-tensor.ts';
import { permute } from './permute.ts';

export class LayoutPlanner {
  readonly #builder: GraphBuilder;
  readonly #plain = new Map<Value, Value>();
  readonly #channelsFirst = new Map<Value, Value>();

  constructor(builder: GraphBuilder) {
    this.#builder = builder;
  }

  /** The value in Keras's own axis order. */
  plain({ value, layout, shape }: KerasTensor): Value {
    if (layout.kind === 'plain') return value;
    let plain = this.#plain.get(value);
    if (!plain) {
      plain = layout.kind === 'flat' ? this.#unflatten(value, layout.of) : this.#toLast(value, shape);
      this.#plain.set(value, plain);
      if (layout.kind === 'channels-first') this.#channelsFirst.set(plain, value);
    }
    return plain;
  }

  /** The value with the last axis of Keras as axis 1. */
  channelsFirst(tensor: KerasTensor): Value {
    if (tensor.layout.kind === 'channels-first') return tensor.value;
    const plain = this.plain(tensor);
    let moved = this.#channelsFirst.get(plain);
    if (!moved) {
      moved = this.#toFirst(plain, tensor.shape);
      this.#channelsFirst.set(plain, moved);
      this.#plain.set(moved, plain);
    }
    return moved;
  }

  in(tensor: KerasTensor, layout: Layout): Value {
    if (layout.kind === 'flat') return tensor.layout.kind === 'flat' ? tensor.value : this.plain(tensor);
    return layout.kind === 'plain' ? this.plain(tensor) : this.channelsFirst(tensor);
  }

  /** The layout in which an elementwise operation over these tensors needs the fewest conversions. */
  common(tensors: readonly KerasTensor[]): Layout {
    const [first] = tensors;
    if (tensors.length === 1 && first) return first.layout;
    const sameRank = tensors.every(({ rank }) => rank === first?.rank && rank > 2);
    return sameRank && tensors.some(({ layout }) => layout.kind === 'channels-first')
      ? CHANNELS_FIRST
      : PLAIN;
  }

  /** Applies an operation that works element by element to tensors of one shape, or broadcast as in Keras. */
  elementwise(
    tensors: readonly KerasTensor[],
    shape: Shape,
    emit: (values: readonly Value[], layout: Layout) => Value,
  ): KerasTensor {
    const layout = this.common(tensors);
    return new KerasTensor(
      emit(
        tensors.map(tensor => this.in(tensor, layout)),
        layout,
      ),
      shape,
      { layout },
    );
  }

  /** A constant of Keras shape `dims` that broadcasts against a tensor of rank `rank` in this layout. */
  constant(data: Float32Array, dims: readonly number[], rank: number, layout: Layout, name: string): Value {
    if (layout.kind !== 'channels-first' || data.length === 1)
      return this.#builder.floats(data, data.length === 1 ? [] : dims, name);
    const padded = [...new Array<number>(rank - dims.length).fill(1), ...dims];
    const order = toFirst(rank);
    return this.#builder.floats(
      permute(data, padded, order),
      order.map(axis => padded[axis] as number).slice(1),
      name,
    );
  }

  #toFirst(value: Value, shape: Shape): Value {
    return this.#move(value, shape, toFirst(shape.length));
  }

  #toLast(value: Value, shape: Shape): Value {
    const order = toFirst(shape.length);
    const inner = order.map(axis => shape[axis] as number | null);
    return this.#move(value, inner, toLast(shape.length));
  }

  /** A Transpose, or a Reshape where no element moves. */
  #move(value: Value, shape: Shape, order: readonly number[]): Value {
    const target = order.map(axis => shape[axis] as number | null);
    const long = order.filter(axis => axis > 0 && shape[axis] !== 1);
    const still = long.every((axis, index) => index === 0 || axis > (long[index - 1] as number));
    if (still && target.slice(1).every(dim => dim !== null))
      return this.#builder.reshape(value, [0, ...target.slice(1).map(dim => dim as number)]);
    return this.#builder.transpose(value, order);
  }

  #unflatten(value: Value, of: Shape): Value {
    const order = toFirst(of.length);
    const inner = order.slice(1).map(axis => of[axis] as number);
    const spread = this.#builder.reshape(value, [0, ...inner]);
    return this.#builder.reshape(this.#builder.transpose(spread, toLast(of.length)), [
      0,
      product(of.slice(1)) ?? -1,
    ]);
  }
}

/** Axis order that makes a channels-last tensor channels-first. */
export function toFirst(rank: number): readonly number[] {
  return [0, rank - 1, ...Array.from({ length: rank - 2 }, (_, index) => index + 1)];
}

/** Axis order that makes a channels-first tensor channels-last. */
export function toLast(rank: number): readonly number[] {
  return [0, ...Array.from({ length: rank - 2 }, (_, index) => index + 2), 1];
}

/** Where axis `axis` of Keras lies in the layout. */
export function axisIn(layout: Layout, axis: number, rank: number): number {
  return layout.kind === 'channels-first' ? toFirst(rank).indexOf(axis) : axis;
}

/** A Keras axis, which may be negative, as an index. */
export function normalizeAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** Shape after NumPy broadcasting; a varying axis wins over 1. */
export function broadcast(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map(shape => shape.length));
  return Array.from({ length: rank }, (_, index) => {
    const dims = shapes
      .map(shape => shape[index - rank + shape.length])
      .filter(dim => dim !== undefined && dim !== 1);
    return dims.length === 0 ? 1 : (dims.find(dim => dim !== null) ?? null);
  });
}
