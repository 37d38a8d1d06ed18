/** A graph under construction: each operator is one call that gives its output. Names are numbered by operator. */
import { type Attribute, intAttribute, intsAttribute } from '../../src/core/ir/attribute.ts';
import { addInitializer } from '../../src/core/ir/edit.ts';
import { Graph } from '../../src/core/ir/graph.ts';
import { Model } from '../../src/core/ir/model.ts';
import { Node } from '../../src/core/ir/node.ts';
import { type Dim, Value } from '../../src/core/ir/value.ts';
import { type ArrayDType, type Tensor, type TypedArrayOf, tensorOf } from '../../src/core/tensor/tensor.ts';

const OPSET = 17;
/** The first with opset 17. */
const IR_VERSION = 8;

export class Sketch {
  readonly graph: Graph;
  #count = 0;

  constructor(name: string) {
    this.graph = new Graph(name);
  }

  input(name: string, dtype: ArrayDType, dims: readonly Dim[]): Value {
    const value = new Value(name, { kind: 'tensor', dtype, dims });
    this.graph.inputs.push(value);
    return value;
  }

  constant(name: string, tensor: Tensor): Value {
    return addInitializer(this.graph, name, tensor);
  }

  array<D extends ArrayDType>(name: string, dtype: D, dims: readonly number[], data: TypedArrayOf<D>): Value {
    return this.constant(name, tensorOf(dtype, dims, data));
  }

  shape(dims: readonly number[]): Value {
    return this.array(`shape_${this.#count++}`, 'int64', [dims.length], BigInt64Array.from(dims, BigInt));
  }

  apply(
    opType: string,
    inputs: readonly Value[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const name = `${opType}_${this.#count++}`;
    const output = new Value(`${name}_output`);
    this.graph.nodes.push(new Node({ opType, name, inputs, outputs: [output], attributes }));
    return output;
  }

  finish(name: string, output: Value, dims: readonly Dim[]): Model {
    output.name = name;
    output.type = { kind: 'tensor', dtype: 'float32', dims };
    this.graph.outputs.push(output);
    const model = new Model(this.graph, IR_VERSION, new Map([['', OPSET]]));
    model.producerName = 'bitpress-bench';
    return model;
  }
}

export const int = intAttribute;
export const ints = intsAttribute;
