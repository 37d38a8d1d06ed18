/**
 * A Keras tensor while the graph is written: its Keras shape, and the ONNX value that carries it in some layout.
 *
 * Invariant: `shape` and `mask` are always in Keras's own axis order, whatever the layout of `value`. Every float is
 * carried as float32 ("compute in float32" is never less exact than Keras); `external` is the float type that Keras
 * gives the tensor, which a model output keeps.
 */

import type { Value } from '../../../ir/value.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { FloatType } from '../config/dtype-policy.ts';

/** Lengths of the axes; null where they vary (the batch, mostly). */
export type Shape = readonly (number | null)[];

export type Layout =
  /** Axes as Keras has them. */
  | { readonly kind: 'plain' }
  /** The last axis of Keras is axis 1 of the value: what Conv and pooling of ONNX take. */
  | { readonly kind: 'channels-first' }
  /** [batch, features], flattened out of a channels-first value of the Keras shape `of`. */
  | { readonly kind: 'flat'; readonly of: Shape };

export const PLAIN: Layout = { kind: 'plain' };
export const CHANNELS_FIRST: Layout = { kind: 'channels-first' };

export class KerasTensor {
  readonly value: Value;
  readonly shape: Shape;
  readonly dtype: DType;
  readonly layout: Layout;
  /** bool [batch, steps]: which steps count (Keras's implicit mask). */
  readonly mask: Value | undefined;
  readonly external: FloatType;

  constructor(
    value: Value,
    shape: Shape,
    {
      dtype = 'float32',
      layout = PLAIN,
      mask,
      external = 'float32',
    }: { dtype?: DType; layout?: Layout; mask?: Value | undefined; external?: FloatType } = {},
  ) {
    this.value = value;
    this.shape = shape;
    this.dtype = dtype;
    this.layout = layout;
    this.mask = mask;
    this.external = external;
  }

  get rank(): number {
    return this.shape.length;
  }

  withMask(mask: Value | undefined): KerasTensor {
    return mask === this.mask ? this : new KerasTensor(this.value, this.shape, { ...this, mask });
  }

  withExternal(external: FloatType): KerasTensor {
    return external === this.external ? this : new KerasTensor(this.value, this.shape, { ...this, external });
  }
}

/** Number of elements of some axes, or null where one of them varies. */
export function product(shape: Shape): number | null {
  return shape.reduce<number | null>(
    (total, dim) => (total === null || dim === null ? null : total * dim),
    1,
  );
}
