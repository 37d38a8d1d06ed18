/** Takes out what nothing uses: masks that no layer asked for, constants of nodes that went. */
import { removeInitializer, removeNode } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';

export function prune(graph: Graph): void {
  const outputs = new Set(graph.outputs);
  // Backwards: a node's users come behind it.
  for (const node of [...graph.nodes].reverse()) {
    const used = node.outputs.some(value => value && (value.uses.size > 0 || outputs.has(value)));
    if (!used) removeNode(graph, node);
  }
  for (const value of [...graph.initializers])
    if (value.uses.size === 0 && !outputs.has(value)) removeInitializer(graph, value);
}
