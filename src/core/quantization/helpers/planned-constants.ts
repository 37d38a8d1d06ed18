/** Constants that a plan puts in place of a node's own: how they are added to a plan, read, and written into a graph. */
import { addInitializer } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import { Names } from '../../ir/names.ts';
import type { Node } from '../../ir/node.ts';
import { removeUnusedInitializers } from '../../ir/unused.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { PlannedConstants, QuantPlan } from '../plan.ts';

export class ConstantsToCome {
  readonly #byNode: Map<string, Map<number, Tensor>>;

  constructor({ constants = new Map() }: QuantPlan) {
    this.#byNode = new Map([...constants].map(([node, tensors]) => [node, new Map(tensors)]));
  }

  set(node: Node, input: number, tensor: Tensor): void {
    const known = this.#byNode.get(node.name);
    if (known) known.set(input, tensor);
    else this.#byNode.set(node.name, new Map([[input, tensor]]));
  }

  /** The constant that the node will read. */
  get(node: Node, input: number): Tensor | undefined {
    return this.#byNode.get(node.name)?.get(input) ?? node.inputs[input]?.initializer;
  }

  all(): PlannedConstants {
    return this.#byNode;
  }
}

/** In place; before the plan is lowered. */
export function placeConstants(graph: Graph, { constants }: QuantPlan): void {
  if (!constants || constants.size === 0) return;
  const names = new Names(graph);
  for (const node of graph.nodes)
    for (const [input, tensor] of constants.get(node.name) ?? []) {
      const wish = node.inputs[input]?.name ?? `${node.name}_bias`;
      node.setInput(input, addInitializer(graph, names.value(wish), tensor));
    }
  removeUnusedInitializers(graph);
}
