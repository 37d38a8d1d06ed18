/** Drops initializers that nothing reads any more, so that the float weights do not stay in the file. */
import { isGraphOutput } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';

export function removeUnusedInitializers(graph: Graph): void {
  const kept = graph.initializers.filter(
    value => value.uses.size > 0 || isGraphOutput(graph, value) || graph.inputs.includes(value),
  );
  graph.initializers.splice(0, graph.initializers.length, ...kept);
}
