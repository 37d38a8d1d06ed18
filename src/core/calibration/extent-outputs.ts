/**
 * Lets the runtime take the extent of a value as it runs the model: what leaves it is three numbers instead of all
 * elements.
 *
 *   ReduceMin(value), ReduceMax(value), ReduceL1(value)
 *
 * Invariant: the model's own values are as they were. onnxruntime's ReduceMin and ReduceMax pass over NaN; the sum of the
 * sizes carries it, and is infinite where an element is (or where the sum of very large ones overflows).
 */
import { intAttribute } from '../ir/attribute.ts';
import { insertBehindProducers } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import { Node } from '../ir/node.ts';
import { Value } from '../ir/value.ts';

const REDUCTIONS = ['ReduceMin', 'ReduceMax', 'ReduceL1'] as const;

/** Scalars: the smallest element, the largest, the sum of all sizes. */
export type ExtentOutputs = readonly [min: Value, max: Value, size: Value];

/** Adds the reductions right behind the nodes that make their values, so that nothing need be held for them. */
export function addExtentOutputs(graph: Graph, values: readonly Value[]): ReadonlyMap<string, ExtentOutputs> {
  const names = new Names(graph);
  const nodes = new Map<Value, Node[]>();
  const reduce = (value: Value, opType: string): Value => {
    const output = new Value(names.value(`${value.name}_${opType}`));
    const node = new Node({
      opType,
      name: names.node(`${value.name}_${opType}`),
      inputs: [value],
      outputs: [output],
      attributes: { keepdims: intAttribute(0) },
    });
    nodes.set(value, [...(nodes.get(value) ?? []), node]);
    return output;
  };
  const reduced = new Map(
    values.map(value => {
      const [min, max, size] = REDUCTIONS.map(opType => reduce(value, opType));
      return [value.name, [min, max, size] as ExtentOutputs] as const;
    }),
  );
  insertBehindProducers(graph, nodes);
  return reduced;
}
