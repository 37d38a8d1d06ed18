/**
 * Node attributes as a closed union over AttributeProto.AttributeType.
 *
 * Source: onnx.proto, AttributeProto. `ref` stands for `ref_attr_name` (inside function bodies only); `opaque` holds
 * kinds that are carried through unread (sparse tensors, type protos) as their wire message.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Graph } from './graph.ts';

export type Attribute =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'int'; readonly value: bigint }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'tensor'; readonly value: Tensor }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'ints'; readonly value: readonly bigint[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'graphs'; readonly value: readonly Graph[] }
  | { readonly kind: 'opaque'; readonly value: unknown };

export const intAttribute = (value: number | bigint): Attribute => ({ kind: 'int', value: BigInt(value) });
export const intsAttribute = (value: readonly (number | bigint)[]): Attribute => ({
  kind: 'ints',
  value: value.map(BigInt),
});
export const floatAttribute = (value: number): Attribute => ({ kind: 'float', value });
export const stringAttribute = (value: string): Attribute => ({ kind: 'string', value });
export const tensorAttribute = (value: Tensor): Attribute => ({ kind: 'tensor', value });
