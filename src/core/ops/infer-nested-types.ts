/**
 * Element types of values inside If, Loop and Scan bodies, as far as the operators say: the runtime tells them for the
 * main graph alone.
 *
 * Invariant: only types that follow from the operator's own rule are set: the data and the result of a dot product have
 * the type of its weight, and what moves, computes or cuts off elements keeps theirs. Types that are known stay.
 */
import type { Graph } from '../ir/graph.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { walkGraphs } from '../ir/walk.ts';
import type { DType } from '../tensor/dtype.ts';
import { operatorSpec } from './index.ts';

export function inferNestedTypes(root: Graph): void {
  for (const graph of walkGraphs(root)) {
    if (graph === root) continue;
    // Forwards, then once more with what the dot products say of their data.
    for (let changed = true; changed; ) {
      changed = false;
      for (const node of graph.nodes) if (typeNode(node)) changed = true;
    }
  }
}

function typeNode(node: Node): boolean {
  const alike = alikeValues(node);
  const dtype = alike.find(value => value.dtype !== undefined)?.dtype;
  if (dtype === undefined) return false;
  let changed = false;
  for (const value of alike) if (setDtype(value, dtype)) changed = true;
  return changed;
}

/** Inputs and outputs that have one type. */
function alikeValues(node: Node): readonly Value[] {
  const spec = operatorSpec(node);
  if (!spec) return [];
  const inputs =
    spec.role === 'linear'
      ? [spec.data, spec.weight]
      : spec.role === 'movement' || spec.role === 'arithmetic'
        ? spec.inputs(node)
        : [0];
  // Further outputs of float operators (Mask, mean, states) have types of their own.
  const outputs = spec.role === 'float' ? node.outputs.slice(0, 1) : node.outputs;
  return [...inputs.map(index => node.inputs[index]), ...outputs].filter(value => value !== undefined);
}

function setDtype(value: Value, dtype: DType): boolean {
  if (value.type !== undefined || value.initializer) return false;
  value.type = { kind: 'tensor', dtype, dims: undefined };
  return true;
}
