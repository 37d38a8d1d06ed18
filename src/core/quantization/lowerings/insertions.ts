/**
 * New nodes for a graph, each beside one that is there already; they are put into the list at once, at the end.
 *
 * Invariant: nodes that stand at the same place keep the order in which they were made. While they are collected the
 * list is as it was, so that it can be walked.
 */
import type { Graph } from '../../ir/graph.ts';
import { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';

export class Insertions {
  readonly #graph: Graph;
  /** Nodes that were there before. */
  readonly #own: ReadonlySet<Node>;
  readonly #made = new Set<Node>();
  /** By the node after which they stand; undefined is the start of the graph. */
  readonly #after = new Map<Node | undefined, Node[]>();
  readonly #before = new Map<Node, Node[]>();

  constructor(graph: Graph) {
    this.#graph = graph;
    this.#own = new Set(graph.nodes);
  }

  /** True of a new node of this graph. */
  has(node: Node): boolean {
    return this.#made.has(node);
  }

  /** Directly after the value is written; at the start of the graph where that happens outside of it. */
  after(value: Value, ...nodes: readonly Node[]): void {
    const { producer } = value;
    push(this.#after, producer && this.#own.has(producer) ? producer : undefined, ...nodes);
  }

  before(node: Node, made: Node): void {
    push(this.#before, node, made);
  }

  /** Without a name: its output's name tells what it belongs to, and on a small model names are a tenth of the file. */
  make(opType: string, inputs: readonly Value[], output: Value): Node {
    const node = new Node({ opType, inputs, outputs: [output] });
    this.#made.add(node);
    return node;
  }

  finish(): void {
    const order: Node[] = [...(this.#after.get(undefined) ?? [])];
    for (const node of this.#graph.nodes)
      order.push(...(this.#before.get(node) ?? []), node, ...(this.#after.get(node) ?? []));
    this.#graph.nodes.splice(0, this.#graph.nodes.length, ...order);
  }
}

function push<K>(map: Map<K, Node[]>, key: K, ...nodes: readonly Node[]): void {
  const list = map.get(key);
  if (list) list.push(...nodes);
  else map.set(key, [...nodes]);
}
