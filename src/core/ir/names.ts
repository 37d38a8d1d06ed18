/**
 * The one authority for names: every new value or node gets its name here, so that no name is given out twice, also
 * not across nested subgraphs (ONNX IR, "Names Within a Graph": names must be unique within a graph and its subgraphs).
 */
import type { Graph } from './graph.ts';
import { walkGraphs } from './walk.ts';

export class Names {
  readonly #values = new Set<string>();
  readonly #nodes = new Set<string>();

  constructor(root: Graph) {
    for (const graph of walkGraphs(root)) {
      for (const value of [...graph.inputs, ...graph.initializers, ...graph.sparseInitializers])
        this.#values.add(value.name);
      for (const node of graph.nodes) {
        this.#nodes.add(node.name);
        for (const output of node.outputs) if (output) this.#values.add(output.name);
      }
    }
  }

  value(wish: string): string {
    return claimName(this.#values, wish);
  }

  node(wish: string): string {
    return claimName(this.#nodes, wish);
  }
}

/** The wish, or the wish with the first number that makes it new; taken from now on. */
export function claimName(taken: Set<string>, wish: string): string {
  let name = wish;
  for (let n = 1; taken.has(name); n++) name = `${wish}_${n}`;
  taken.add(name);
  return name;
}
