/**
 * Writes nodes, initializers, inputs and outputs of the ONNX graph.
 *
 * Invariant: names come from one authority and say which layer a node belongs to; equal small constants are written
 * once; the graph is in topological order because a node can only take values that exist. The number of nodes is
 * bounded.
 */
import type { Attribute } from '../../../ir/attribute.ts';
import { floatAttribute, intAttribute, intsAttribute, stringAttribute } from '../../../ir/attribute.ts';
import { addInitializer } from '../../../ir/edit.ts';
import { Graph } from '../../../ir/graph.ts';
import { Names } from '../../../ir/names.ts';
import { Node } from '../../../ir/node.ts';
import type { Dim } from '../../../ir/value.ts';
import { Value } from '../../../ir/value.ts';
import type { DType } from '../../../tensor/dtype.ts';
import { onnxDtype } from '../../../tensor/dtype.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { tensorOf } from '../../../tensor/tensor.ts';
import { LIMITS } from '../limits.ts';
import { exceeded, invalid } from '../problems.ts';

export type Attributes = Readonly<Record<string, Attribute>>;

/** Sizes are computed from a config; what int64 does not hold exactly is no size. @throws BitpressError model_invalid */
function toInt64(value: number, layer = ''): bigint {
  if (!Number.isSafeInteger(value))
    throw invalid(layer, 'a size', `${value} is not a whole number below 2^53`);
  return BigInt(value);
}

export const attr = {
  int: (value: number): Attribute => intAttribute(toInt64(value)),
  ints: (values: readonly number[]): Attribute => intsAttribute(values.map(value => toInt64(value))),
  float: floatAttribute,
  text: stringAttribute,
  texts: (value: readonly string[]): Attribute => ({ kind: 'strings', value }),
  dtype: (value: DType): Attribute => intAttribute(onnxDtype(value)),
} as const;

export class GraphBuilder {
  readonly graph: Graph;
  readonly #names: Names;
  readonly #constants = new Map<string, Value>();
  #scope = '';

  constructor(name: string) {
    this.graph = new Graph(name);
    this.#names = new Names(this.graph);
  }

  /** Nodes written by `emit` carry this name in front. */
  within<T>(scope: string, emit: () => T): T {
    const outer = this.#scope;
    this.#scope = scope;
    try {
      return emit();
    } finally {
      this.#scope = outer;
    }
  }

  op(opType: string, inputs: readonly (Value | undefined)[], attributes: Attributes = {}): Value {
    return this.ops(opType, inputs, 1, attributes)[0] as Value;
  }

  /** A node with several outputs. */
  ops(
    opType: string,
    inputs: readonly (Value | undefined)[],
    outputs: number,
    attributes: Attributes = {},
  ): readonly Value[] {
    if (this.graph.nodes.length >= LIMITS.nodes)
      throw exceeded('nodes', `The model needs more than ${LIMITS.nodes} ONNX nodes.`);
    const name = this.#names.node(this.#path(opType));
    const values = Array.from({ length: outputs }, (_, index) => {
      return new Value(this.#names.value(index === 0 ? name : `${name}:${index}`));
    });
    this.graph.nodes.push(new Node({ opType, name, inputs, outputs: values, attributes }));
    return values;
  }

  /** An initializer of its own. */
  initializer(name: string, tensor: Tensor): Value {
    return addInitializer(this.graph, this.#names.value(name), tensor);
  }

  ints(values: readonly number[]): Value {
    return this.#constant(`int64[${values}]`, () =>
      tensorOf(
        'int64',
        [values.length],
        BigInt64Array.from(values, value => toInt64(value, this.#scope)),
      ),
    );
  }

  intScalar(value: number): Value {
    return this.#constant(`int64 ${value}`, () =>
      tensorOf('int64', [], BigInt64Array.of(toInt64(value, this.#scope))),
    );
  }

  scalar(value: number, dtype: 'float32' | 'int32' = 'float32'): Value {
    return this.#constant(`${dtype} ${Object.is(value, -0) ? '-0' : value}`, () =>
      dtype === 'float32'
        ? tensorOf('float32', [], Float32Array.of(value))
        : tensorOf('int32', [], Int32Array.of(value)),
    );
  }

  floats(values: readonly number[] | Float32Array, dims: readonly number[], name = 'constant'): Value {
    const tensor = tensorOf('float32', dims, Float32Array.from(values));
    return this.initializer(this.#path(name), tensor);
  }

  cast(value: Value, to: DType): Value {
    return this.op('Cast', [value], { to: attr.dtype(to) });
  }

  transpose(value: Value, perm: readonly number[]): Value {
    return perm.every((axis, index) => axis === index)
      ? value
      : this.op('Transpose', [value], { perm: attr.ints(perm) });
  }

  /** `-1` and `0` mean what they mean to ONNX Reshape: the rest, and the same as before. */
  reshape(value: Value, dims: readonly number[]): Value {
    return this.op('Reshape', [value, this.ints(dims)]);
  }

  /** `end` may be MAX_END for "to the end"; a step may be negative. */
  slice(value: Value, axis: number, start: number, end: number, step = 1): Value {
    return this.op('Slice', [
      value,
      this.ints([start]),
      this.ints([end]),
      this.ints([axis]),
      this.ints([step]),
    ]);
  }

  input(name: string, dtype: DType, dims: readonly Dim[]): Value {
    const value = new Value(this.#names.value(name), { kind: 'tensor', dtype, dims });
    this.graph.inputs.push(value);
    return value;
  }

  /** Declares an output under a name of its own: an Identity where the value has a name that must stay. */
  output(value: Value, name: string, dtype: DType, dims: readonly Dim[]): void {
    const free = value.producer !== undefined && !this.graph.outputs.includes(value);
    const output = free ? value : this.op('Identity', [value]);
    output.name = this.#names.value(name);
    output.type = { kind: 'tensor', dtype, dims };
    this.graph.outputs.push(output);
  }

  #constant(key: string, make: () => Tensor): Value {
    let value = this.#constants.get(key);
    if (!value) {
      value = this.initializer(`constant/${this.#constants.size}`, make());
      this.#constants.set(key, value);
    }
    return value;
  }

  #path(name: string): string {
    return this.#scope === '' ? name : `${this.#scope}/${name}`;
  }
}

/** As the `end` of a Slice: the end of the axis. */
export const MAX_END = 2 ** 31 - 1;
/** As the `end` of a Slice with a negative step: before the first element. */
export const MIN_END = -(2 ** 31 - 1);
