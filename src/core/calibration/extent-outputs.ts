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
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import { Node } from '../ir/node.ts';
import { Value } from '../ir/value.ts';

const REDUCTIONS = ['ReduceMin', 'ReduceMax', 'ReduceL1'] as const;

/** Scalars: the smallest element, the largest, the sum of all sizes. */
export type ExtentOutputs = readonly [min: Value, max: Value, size: Value];

/** Adds the reductions behind all other nodes. */
export function addExtentOutputs(graph: Graph, values: readonly Value[]): ReadonlyMap<string, ExtentOutputs> {
  const names = new Names(graph);
  const reduce = (value: Value, opType: string): Value => {
    const output = new Value(names.value(`${value.name}_${opType}`));
    const node = {
      opType,
      name: names.node(`${value.name}_${opType}`),
      inputs: [value],
      outputs: [output],
      attributes: { keepdims: intAttribute(0) },
    };
    graph.nodes.push(new Node(node));
    return output;
  };
  return new Map(
    values.map(value => {
      const [min, max, size] = REDUCTIONS.map(opType => reduce(value, opType));
      return [value.name, [min, max, size] as ExtentOutputs];
    }),
  );
}
