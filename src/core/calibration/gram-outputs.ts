/**
 * Lets the runtime form Xᵀ X of a value as it runs the model: its products of matrices are many times faster than ours,
 * and what leaves it is [size, size] instead of all vectors.
 *
 *   X = Reshape(value, [-1, size]),   outputs MatMul(Transpose(X), X) and Shape(X), which says how many vectors there were
 *
 * Each stands right behind the node that makes its value, so that nothing need be held for it.
 *
 * Invariant: the model's own values are as they were; its outputs are these alone, in the order of the request.
 */
import { intsAttribute } from '../ir/attribute.ts';
import { addInitializer, insertBehindProducers } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import type { Model } from '../ir/model.ts';
import { Names } from '../ir/names.ts';
import { Node } from '../ir/node.ts';
import { Value } from '../ir/value.ts';
import { tensorOf } from '../tensor/tensor.ts';

export interface GramRequest {
  /** Name of a graph input, or of an output of a node of the main graph. */
  readonly value: string;
  /** Length of its last axis. */
  readonly size: number;
}

/** Names of outputs. */
export interface GramOutputs {
  readonly gram: string;
  readonly shape: string;
}

/** By the value's name. @throws TypeError where the main graph has no such value */
export function addGramOutputs(
  model: Model,
  requests: readonly GramRequest[],
): ReadonlyMap<string, GramOutputs> {
  const { graph } = model;
  const names = new Names(graph);
  const found = valuesOf(graph);
  graph.outputs.length = 0;
  const outputs = new Map<string, GramOutputs>();
  const added = new Map<Value, Node[]>();
  for (const { value: name, size } of requests) {
    const value = found.get(name);
    if (!value) throw new TypeError(`the main graph has no value ${name}`);
    const shape = tensorOf('int64', [2], BigInt64Array.of(-1n, BigInt(size)));
    const shapeValue = addInitializer(graph, names.value(`${name}_gram_shape`), shape);
    const nodes: Node[] = [];
    const add = (opType: string, inputs: readonly Value[], attributes = {}): Value => {
      const output = new Value(names.value(`${name}_gram_${opType}`));
      const node = {
        opType,
        name: names.node(`${name}_gram_${opType}`),
        inputs,
        outputs: [output],
        attributes,
      };
      nodes.push(new Node(node));
      return output;
    };
    const rows = add('Reshape', [value, shapeValue]);
    const columns = add('Transpose', [rows], { perm: intsAttribute([1, 0]) });
    const gram = add('MatMul', [columns, rows]);
    const rowsShape = add('Shape', [rows]);
    added.set(value, nodes);
    graph.outputs.push(gram, rowsShape);
    outputs.set(name, { gram: gram.name, shape: rowsShape.name });
  }
  insertBehindProducers(graph, added);
  return outputs;
}

function valuesOf(graph: Graph): ReadonlyMap<string, Value> {
  const values = [...graph.inputs, ...graph.nodes.flatMap(node => node.outputs)];
  return new Map(values.flatMap(value => (value ? [[value.name, value] as const] : [])));
}
