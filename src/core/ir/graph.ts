/**
 * A graph: ordered nodes, inputs, outputs and initializers.
 *
 * Invariant: nodes are topologically sorted when validate() passes. Values are owned by the graph that defines them;
 * a subgraph (an attribute of an If, Loop or Scan node) uses outer values by identity. The same Value may appear twice
 * among the outputs, and an output may be an input or an initializer.
 */
import type { Node } from './node.ts';
import type { Value } from './value.ts';

export class Graph {
  name: string;
  readonly inputs: Value[] = [];
  readonly outputs: Value[] = [];
  /** Values with a tensor, in file order. */
  readonly initializers: Value[] = [];
  /** Values with a sparse tensor, which stays in the wire's form; nothing here rewrites them. */
  readonly sparseInitializers: Value[] = [];
  readonly nodes: Node[] = [];
  /** Wire fields the reader does not interpret (doc string, quantization annotations, unknown). */
  wire: unknown = undefined;

  constructor(name: string) {
    this.name = name;
  }
}
