/**
 * Graph surgery. Passes and lowerings change graphs only through these functions.
 *
 * Invariant: after each call uses, producers and lists agree. Node order is the caller's care where it inserts in
 * front of a producer; `sortGraph` restores it.
 */
import type { Tensor } from '../tensor/tensor.ts';
import type { Graph } from './graph.ts';
import type { Node } from './node.ts';
import { Value } from './value.ts';

export function addInitializer(graph: Graph, name: string, tensor: Tensor): Value {
  const value = new Value(name, undefined, tensor);
  graph.initializers.push(value);
  return value;
}

export function removeInitializer(graph: Graph, value: Value): void {
  const at = graph.initializers.indexOf(value);
  if (at >= 0) graph.initializers.splice(at, 1);
}

/** Inserts directly after `anchor`, or at the start of the graph where the anchor is undefined. */
export function insertAfter(graph: Graph, anchor: Node | undefined, node: Node): void {
  graph.nodes.splice(anchor ? graph.nodes.indexOf(anchor) + 1 : 0, 0, node);
}

/** Puts nodes directly after those that make the values, or at the start of the graph where no node makes one. */
export function insertBehindProducers(graph: Graph, added: ReadonlyMap<Value, readonly Node[]>): void {
  const behind = new Map<Node | undefined, Node[]>();
  for (const [{ producer }, nodes] of added)
    behind.set(producer, [...(behind.get(producer) ?? []), ...nodes]);
  const before = graph.nodes.splice(0);
  for (const anchor of [undefined, ...before]) {
    if (anchor) graph.nodes.push(anchor);
    graph.nodes.push(...(behind.get(anchor) ?? []));
  }
}

export function insertBefore(graph: Graph, anchor: Node, node: Node): void {
  graph.nodes.splice(graph.nodes.indexOf(anchor), 0, node);
}

/** Takes the node out and frees its inputs; its outputs keep no producer. */
export function removeNode(graph: Graph, node: Node): void {
  const at = graph.nodes.indexOf(node);
  if (at >= 0) graph.nodes.splice(at, 1);
  detachNode(node);
}

/** The same for a caller that takes many nodes out of the list at once. */
export function detachNode(node: Node): void {
  node.truncateInputs(0);
  node.outputs.forEach((_, index) => {
    node.setOutput(index, undefined);
  });
}

/** Puts `replacement` wherever a node (of any nesting) reads `value`; graph outputs are left to the caller. */
export function replaceUses(value: Value, replacement: Value, except?: (node: Node) => boolean): void {
  for (const { node, index } of [...value.uses]) if (!except?.(node)) node.setInput(index, replacement);
}

export function isGraphOutput(graph: Graph, value: Value): boolean {
  return graph.outputs.includes(value);
}

/** True where nothing but one node reads the value. */
export function isOnlyUse(graph: Graph, value: Value): boolean {
  return value.uses.size === 1 && !isGraphOutput(graph, value);
}
