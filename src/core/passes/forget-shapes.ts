/**
 * Drops the shapes that a file declares inside If, Loop and Scan bodies, and of what is computed from their results. Element
 * types stay, and so do the shapes of the model's outputs.
 *
 * Why: there they are claims that nothing checks. A Loop may give its state another shape in every turn, and branches may
 * differ. onnxruntime plans buffers by such a claim and fails when it reuses one; what is written around the value is made
 * for a rank that it does not have. What can be known is inferred again (pipeline/body-types.ts).
 *
 * Ensures: these shapes are unknown, but those of a Loop's turn and condition: by them onnxruntime chooses whether it hands
 * the body a scalar or a vector of one element.
 */
import { bodyLayout } from '../ir/body-layout.ts';
import type { Graph } from '../ir/graph.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { subgraphsOf, walkNodes } from '../ir/walk.ts';
import type { Pass } from './pass.ts';

export const forgetShapes: Pass = {
  id: 'forget-shapes',
  summary: 'Shapes declared inside and behind bodies are claims that nothing checks; they become unknown.',
  run({ graph }) {
    const values = new Set<Value | undefined>(behindBodies(graph));
    for (const { node: holder } of walkNodes(graph)) {
      const layout = bodyLayout(holder);
      for (const { inputs, nodes } of layout ? subgraphsOf(holder) : [])
        for (const value of [...inputs.slice(layout?.inputs), ...nodes.flatMap(node => node.outputs)])
          values.add(value);
    }
    let changed = 0;
    for (const value of values) if (value && forget(value)) changed++;
    return { changed };
  },
};

function behindBodies({ nodes, outputs }: Graph): readonly Value[] {
  const given = new Set(outputs);
  const own = new Set(nodes);
  const behind = new Set<Node>(nodes.filter(bodyLayout));
  for (const node of behind)
    for (const output of node.outputs)
      for (const { node: reader } of output?.uses ?? []) if (own.has(reader)) behind.add(reader);
  return [...behind].flatMap(node =>
    node.outputs.filter(value => value !== undefined && !given.has(value)),
  ) as Value[];
}

function forget(value: Value): boolean {
  if (value.type?.kind !== 'tensor' || !value.type.dims) return false;
  value.type = { ...value.type, dims: undefined };
  return true;
}
