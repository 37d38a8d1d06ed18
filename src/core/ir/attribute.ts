/**
 * Node attributes as a closed union over AttributeProto.AttributeType.
 *
 * Source: onnx.proto, AttributeProto. `opaque` holds what is carried through unread (sparse tensors, type protos,
 * strings that are not UTF-8) as its wire message. `wire` is the reader's: the fields beside the value.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Graph } from './graph.ts';

export type Attribute = AttributeValue & { readonly wire?: unknown };

type AttributeValue =
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
