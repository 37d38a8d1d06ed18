/**
 * The one authority for names: every new value or node gets its name here, so that no name is given out twice, also
 * not across nested subgraphs (ONNX IR, "Names Within a Graph": names must be unique within a graph and its subgraphs).
 */
import type { Graph } from './graph.ts';
import { walkGraphs } from './walk.ts';

/** The names of one kind that are in use. A claim takes constant time, also where all wish for the same name. */
export class TakenNames {
  readonly #taken = new Set<string>();
  /** The first number that may be free behind a wish; those below it were taken and stay so. */
  readonly #next = new Map<string, number>();

  add(name: string): void {
    this.#taken.add(name);
  }

  /** The wish, or the wish with the first number that makes it new; taken from now on. */
  claim(wish: string): string {
    let name = wish;
    if (this.#taken.has(wish)) {
      let number = this.#next.get(wish) ?? 1;
      while (this.#taken.has(`${wish}_${number}`)) number++;
      this.#next.set(wish, number + 1);
      name = `${wish}_${number}`;
    }
    this.#taken.add(name);
    return name;
  }
}

export class Names {
  readonly #values = new TakenNames();
  readonly #nodes = new TakenNames();

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
    return this.#values.claim(wish);
  }

  node(wish: string): string {
    return this.#nodes.claim(wish);
  }
}
