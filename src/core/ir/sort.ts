/**
 * Topological order: every node stands behind the producers of what it reads, also of what its subgraphs capture.
 *
 * Invariant: the sort is stable. Among the nodes that are ready the one that stood first goes first, so a sorted graph
 * is left as it is and two runs give the same order.
 */
import { BitpressError } from '../../errors.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { subgraphsOf, walkGraphs, walkNodes } from './walk.ts';

/** Sorts the graph and every graph nested in it. @throws BitpressError model_invalid naming a node of a cycle. */
export function sortGraph(root: Graph): void {
  for (const graph of walkGraphs(root)) sortNodes(graph);
}

function sortNodes(graph: Graph): void {
  const position = new Map(graph.nodes.map((node, index) => [node, index]));
  const waiting = graph.nodes.map(() => 0);
  const readers: number[][] = graph.nodes.map(() => []);
  graph.nodes.forEach((node, index) => {
    for (const producer of producersOf(node)) {
      const at = position.get(producer);
      if (at === undefined) continue;
      readers[at]!.push(index);
      waiting[index]!++;
    }
  });

  const ready = new MinHeap();
  waiting.forEach((count, index) => {
    if (count === 0) ready.push(index);
  });
  const order: Node[] = [];
  for (let index = ready.pop(); index !== undefined; index = ready.pop()) {
    order.push(graph.nodes[index]!);
    for (const reader of readers[index]!) if (--waiting[reader]! === 0) ready.push(reader);
  }
  if (order.length < graph.nodes.length) throw cycle(graph, waiting);
  order.forEach((node, index) => {
    graph.nodes[index] = node;
  });
}

/** Producers of the node's inputs and of what its subgraphs read; each as often as it is read. */
function* producersOf(node: Node): Generator<Node> {
  for (const input of node.inputs) if (input?.producer) yield input.producer;
  for (const subgraph of subgraphsOf(node)) {
    for (const inner of walkNodes(subgraph))
      for (const input of inner.node.inputs) if (input?.producer) yield input.producer;
    for (const { outputs } of walkGraphs(subgraph))
      for (const output of outputs) if (output.producer) yield output.producer;
  }
}

/** A node that waits may only stand behind a cycle; going back along what it waits for must end inside one. */
function cycle(graph: Graph, waiting: readonly number[]): BitpressError {
  const stuck = new Set(graph.nodes.filter((_, index) => waiting[index]! > 0));
  const path: Node[] = [];
  let node: Node | undefined = [...stuck][0];
  while (node && !path.includes(node)) {
    path.push(node);
    node = [...producersOf(node)].find(producer => stuck.has(producer));
  }
  const ring = node ? path.slice(path.indexOf(node)) : path;
  const forward = [...ring.slice(0, 1), ...ring.slice(1).reverse()];
  const named = forward.slice(0, NODES_SHOWN).map(member => `${member.qualifiedType} "${member.name}"`);
  if (forward.length > NODES_SHOWN) named.push('...');
  return new BitpressError('model_invalid', `the graph has a cycle: ${named.join(' -> ')}`, {
    node: ring[0]?.name ?? '',
  });
}

/** How many nodes of a cycle a message lists. */
const NODES_SHOWN = 8;

class MinHeap {
  readonly #items: number[] = [];

  push(item: number): void {
    const items = this.#items;
    let at = items.push(item) - 1;
    for (let up = (at - 1) >> 1; at > 0 && items[up]! > item; at = up, up = (at - 1) >> 1)
      items[at] = items[up]!;
    items[at] = item;
  }

  pop(): number | undefined {
    const items = this.#items;
    const top = items[0];
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (let down = 1; down < items.length; down = 2 * at + 1) {
      if (down + 1 < items.length && items[down + 1]! < items[down]!) down++;
      if (items[down]! >= last) break;
      items[at] = items[down]!;
      at = down;
    }
    items[at] = last;
    return top;
  }
}
