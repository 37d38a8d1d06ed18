/** Hands a graph output over to the value that stands behind its quantizer, which takes its name and type. */
import type { Graph } from '../../ir/graph.ts';
import type { Names } from '../../ir/names.ts';
import type { Value } from '../../ir/value.ts';

export function renameOutput(graph: Graph, value: Value, result: Value, names: Names): void {
  const { name } = value;
  value.name = names.value(`${name}_float`);
  result.name = name;
  result.type = value.type;
  result.wire = value.wire;
  value.wire = undefined;
  graph.outputs.forEach((output, index) => {
    if (output === value) graph.outputs[index] = result;
  });
}
