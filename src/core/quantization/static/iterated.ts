/**
 * Dot products that a Loop or Scan applies to their own results, with nothing new from turn to turn: x, Ax, AAx, ...
 *
 * Such a state shrinks or grows by a factor in each turn. One grid has to hold the first turn and the last, so that what
 * has shrunk below a step is lost, and the error of each turn is carried through all later ones. A cell that reads
 * something new in every turn (a row of a sequence, a value from outside that is added) keeps its size, and is none.
 *
 * Invariant: only float values are followed: a token that was chosen from scores carries no rounding on.
 *
 * https://onnx.ai/onnx/operators/onnx__Loop.html, https://onnx.ai/onnx/operators/onnx__Scan.html
 */
import type { Graph } from '../../ir/graph.ts';
import { visibleGraphs } from '../../ir/lift.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { subgraphsOf } from '../../ir/walk.ts';
import { operatorSpec } from '../../ops/index.ts';

export function iteratedProducts(root: Graph): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const graph of visibleGraphs(root))
    for (const holder of graph.nodes)
      for (const body of subgraphsOf(holder)) {
        const carried = carriedValues(holder, body);
        if (carried.size === 0) continue;
        for (const node of body.nodes)
          if (operatorSpec(node)?.role === 'linear' && feedsOnItself(node, body, carried)) found.add(node);
      }
  return found;
}

/** What the next turn calls an output of the body. */
type Carried = ReadonlyMap<Value, Value>;

/** Loop: (turn, condition, state...) to (condition, state..., scans...). Scan: (state..., rows...) to (state..., scans...). */
function carriedValues(holder: Node, { inputs, outputs }: Graph): Carried {
  const [from, to, count] =
    holder.qualifiedType === 'Loop'
      ? [1, 2, inputs.length - 2]
      : holder.qualifiedType === 'Scan'
        ? [0, 0, inputs.length - holder.int('num_scan_inputs', 0)]
        : [0, 0, 0];
  const pairs = Array.from({ length: Math.max(count, 0) }, (_, i) => [outputs[from + i], inputs[to + i]]);
  return new Map(pairs.filter((pair): pair is [Value, Value] => pair.every(Boolean)));
}

function feedsOnItself(node: Node, body: Graph, carried: Carried): boolean {
  const behind = reachedFrom(node, body, carried);
  if (!behind.has(node)) return false;
  const cycle = new Set([...behind].filter(other => reachedFrom(other, body, carried).has(node)));
  const returned = new Set(
    [...carried].flatMap(([output, input]) => (output.producer && cycle.has(output.producer) ? [input] : [])),
  );
  return [...cycle].every(({ inputs }) =>
    inputs.every(
      value =>
        !value ||
        value.initializer ||
        value.dtype !== 'float32' ||
        returned.has(value) ||
        (value.producer !== undefined && cycle.has(value.producer)),
    ),
  );
}

/** Nodes of the body that a change of the node's results reaches, in this turn or a later one. */
function reachedFrom(start: Node, body: Graph, carried: Carried): ReadonlySet<Node> {
  const nodes = new Set(body.nodes);
  const found = new Set<Node>();
  const open = [start];
  for (let node = open.pop(); node; node = open.pop())
    for (const output of node.outputs) {
      if (output?.dtype !== 'float32') continue;
      for (const value of [output, carried.get(output)])
        for (const { node: reader } of value?.uses ?? []) {
          if (!nodes.has(reader) || found.has(reader)) continue;
          found.add(reader);
          open.push(reader);
        }
    }
  return found;
}
