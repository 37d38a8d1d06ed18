/**
 * A value of a graph: the output of a node, a graph input, or an initializer.
 *
 * Invariant: `producer` and `uses` are kept by Node and edit.ts alone, and always agree with the nodes' input and
 * output lists. A use may lie in a nested subgraph (an If branch that captures an outer value). The name is a label.
 */
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Node } from './node.ts';

/** A dimension: a known length, a symbol, or unknown. */
export type Dim = number | string | undefined;

/** Shapes that fit where every known dimension is equal. */
export function dimsFit(expected: readonly Dim[], got: readonly number[]): boolean {
  return (
    expected.length === got.length &&
    expected.every((dim, axis) => typeof dim !== 'number' || dim === got[axis])
  );
}

export type ValueType =
  /** `dims` is undefined where not even the rank is known. */
  | { readonly kind: 'tensor'; readonly dtype: DType; readonly dims: readonly Dim[] | undefined }
  /** Sequences, optionals, maps and sparse tensors: carried through unread as their wire message. */
  | { readonly kind: 'opaque'; readonly proto: unknown; readonly holds?: NoTensor };

/** What a value is, or may be, that is no tensor; an optional tensor is not among them. */
export type NoTensor = 'sequence' | 'map' | 'sparse tensor';

export interface Use {
  readonly node: Node;
  /** Position in the node's input list. */
  readonly index: number;
}

export class Value {
  name: string;
  type: ValueType | undefined;
  /** Set for an initializer; an initializer may be a graph input too (a default that a caller can override). */
  initializer: Tensor | undefined;
  producer: Node | undefined = undefined;
  readonly uses = new Set<Use>();
  /** Wire fields the reader does not interpret (doc strings, metadata, unknown fields), given back by the writer. */
  wire: unknown = undefined;

  constructor(name: string, type?: ValueType, initializer?: Tensor) {
    this.name = name;
    this.type = type;
    this.initializer = initializer;
  }

  get dtype(): DType | undefined {
    return this.initializer?.dtype ?? (this.type?.kind === 'tensor' ? this.type.dtype : undefined);
  }

  /** Shape as far as it is known. */
  get dims(): readonly Dim[] | undefined {
    return this.initializer?.dims ?? (this.type?.kind === 'tensor' ? this.type.dims : undefined);
  }
}
