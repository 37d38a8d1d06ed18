/** Drops initializers that nothing reads any more, so that float weights do not stay in the file. */
import { isGraphOutput } from './edit.ts';
import type { Graph } from './graph.ts';

/** @returns how many were dropped */
export function removeUnusedInitializers(graph: Graph): number {
  const kept = graph.initializers.filter(
    value => value.uses.size > 0 || isGraphOutput(graph, value) || graph.inputs.includes(value),
  );
  const dropped = graph.initializers.length - kept.length;
  graph.initializers.splice(0, graph.initializers.length, ...kept);
  return dropped;
}
