/**
 * One breaking change of one operator: how a node written for the version before is said in the new one.
 *
 * Invariant: the node computes what it computed; what cannot be said is refused with the node's name.
 */
import { BitpressError } from '../../../errors.ts';
import type { Identified } from '../../../registry.ts';
import { addInitializer } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Model } from '../../ir/model.ts';
import type { Names } from '../../ir/names.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { walkGraphs } from '../../ir/walk.ts';
import { type DType, isFloat } from '../../tensor/dtype.ts';
import { toFloat16 } from '../../tensor/float16.ts';
import { type Tensor, tensorOf } from '../../tensor/tensor.ts';

export interface Adapter extends Identified {
  /** Operator and the opset that changed it, e.g. `Clip-11`. */
  readonly id: `${string}-${number}`;
  adapt(node: Node, site: Site): void;
}

/** Where the node stands, with the tools an adapter needs. */
export class Site {
  readonly model: Model;
  readonly graph: Graph;
  readonly names: Names;
  readonly #node: Node;

  constructor(model: Model, graph: Graph, names: Names, node: Node) {
    this.model = model;
    this.graph = graph;
    this.names = names;
    this.#node = node;
  }

  int64s(name: string, values: readonly number[]): Value {
    return this.#constant(name, tensorOf('int64', [values.length], BigInt64Array.from(values.map(BigInt))));
  }

  int64(name: string, value: number): Value {
    return this.#constant(name, tensorOf('int64', [], BigInt64Array.of(BigInt(value))));
  }

  float32s(name: string, values: readonly number[]): Value {
    return this.#constant(name, tensorOf('float32', [values.length], Float32Array.from(values)));
  }

  /** A scalar of the type of `like`. */
  scalarLike(like: Value | undefined, name: string, value: number): Value {
    return this.#constant(
      name,
      scalar(this.#floatType(like), value) ?? this.refuse(`type ${like?.dtype} of its input`),
    );
  }

  refuse(what: string): never {
    const node = this.#node;
    const detail = `node "${node.name}" (${node.qualifiedType}) cannot be raised to a newer opset: ${what}`;
    throw new BitpressError('opset_unsupported', detail, { node: node.name });
  }

  #constant(name: string, tensor: Tensor): Value {
    return addInitializer(
      this.graph,
      this.names.value(`${this.#node.name || this.#node.opType}_${name}`),
      tensor,
    );
  }

  /** Types in between are often not written down; a model whose floats are all of one type leaves no doubt. */
  #floatType(value: Value | undefined): DType {
    if (value?.dtype) return value.dtype;
    const seen = floatTypes(this.model);
    const [only] = seen;
    return only && seen.size === 1 ? only : this.refuse('the type of its input is not known');
  }
}

/** Of inputs and constants. Where there are several, adapters have to be told the types of values in between. */
export function floatTypes({ graph: main }: Model): ReadonlySet<DType> {
  const seen = new Set<DType>();
  for (const graph of walkGraphs(main))
    for (const { dtype } of [...graph.inputs, ...graph.initializers])
      if (dtype && isFloat(dtype)) seen.add(dtype);
  return seen;
}

function scalar(dtype: DType, value: number): Tensor | undefined {
  switch (dtype) {
    case 'float32':
      return tensorOf(dtype, [], Float32Array.of(value));
    case 'float64':
      return tensorOf(dtype, [], Float64Array.of(value));
    case 'float16':
      return tensorOf(dtype, [], toFloat16(Float32Array.of(value)).bits);
    default:
      return undefined;
  }
}
