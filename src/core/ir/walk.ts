/** Iteration over a graph and all graphs nested in its nodes' attributes, outermost first. */
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';

export function subgraphsOf(node: Node): readonly Graph[] {
  const found: Graph[] = [];
  for (const attribute of node.attributes.values()) {
    if (attribute.kind === 'graph') found.push(attribute.value);
    else if (attribute.kind === 'graphs') found.push(...attribute.value);
  }
  return found;
}

export function* walkGraphs(root: Graph): Generator<Graph> {
  const open = [root];
  for (let graph = open.shift(); graph; graph = open.shift()) {
    yield graph;
    for (const node of graph.nodes) open.push(...subgraphsOf(node));
  }
}

/** Every node with the graph that holds it. */
export function* walkNodes(root: Graph): Generator<{ readonly graph: Graph; readonly node: Node }> {
  for (const graph of walkGraphs(root)) for (const node of graph.nodes) yield { graph, node };
}
