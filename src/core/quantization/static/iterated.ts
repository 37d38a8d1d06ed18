/**
 * Dot products that a Loop or Scan applies to their own results, with nothing new from turn to turn: x, Ax, AAx, ...
 *
 * Such a state shrinks or grows by a factor in each turn. One grid has to hold the first turn and the last, so that what
 * has shrunk below a step is lost, and the error of each turn is carried through all later ones. A cell that reads
 * something new in every turn (a row of a sequence, a value from outside that is added) keeps its size, and is none.
 *
 * Invariant: only float values are followed, through nested bodies too: a token that was chosen from scores carries no
 * rounding on.
 */
import { bodyLayout } from '../../ir/body-layout.ts';
import type { Graph } from '../../ir/graph.ts';
import { visibleGraphs } from '../../ir/lift.ts';
import type { Node } from '../../ir/node.ts';
import type { Value } from '../../ir/value.ts';
import { subgraphsOf, walkNodes } from '../../ir/walk.ts';
import { operatorSpec } from '../../ops/index.ts';

export function iteratedProducts(root: Graph): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const graph of visibleGraphs(root))
    for (const holder of graph.nodes)
      for (const body of subgraphsOf(holder)) {
        const carried = carriedIn(holder, body);
        if (carried.length === 0) continue;
        const flow = flowIn(body, carried);
        for (const { node } of walkNodes(body))
          if (operatorSpec(node)?.role === 'linear' && feedsOnItself(node, flow)) found.add(node);
      }
  return found;
}

/** A value, and what is computed from it or is another name of it. */
type Step = readonly [from: Value | undefined, to: Value | undefined];

interface Flow {
  readonly sources: ReadonlyMap<Value, ReadonlySet<Value>>;
  readonly results: ReadonlyMap<Value, ReadonlySet<Value>>;
}

/** No value but constants goes in, and what comes out is the product's own result. */
function feedsOnItself(node: Node, { sources, results }: Flow): boolean {
  return node.outputs.some(output => {
    if (!output) return false;
    const behind = reached(output, results);
    if (!behind.has(output)) return false;
    const before = reached(output, sources);
    const cycle = new Set([...behind].filter(value => before.has(value)));
    return [...cycle].every(value =>
      [...(sources.get(value) ?? [])].every(source => source.initializer || cycle.has(source)),
    );
  });
}

/** The start itself only where a way leads back to it. */
function reached(start: Value, next: ReadonlyMap<Value, ReadonlySet<Value>>): ReadonlySet<Value> {
  const found = new Set<Value>();
  const open = [start];
  for (let value = open.pop(); value; value = open.pop())
    for (const other of next.get(value) ?? []) {
      if (found.has(other)) continue;
      found.add(other);
      open.push(other);
    }
  return found;
}

function flowIn(body: Graph, carried: readonly Step[]): Flow {
  const steps = [...carried];
  for (const { node } of walkNodes(body)) {
    const bodies = bodyLayout(node) ? subgraphsOf(node) : [];
    for (const inner of bodies) steps.push(...passed(node, inner), ...carriedIn(node, inner));
    if (bodies.length === 0)
      for (const to of node.outputs) for (const from of node.inputs) steps.push([from, to]);
  }
  const [sources, results] = [new Map<Value, Set<Value>>(), new Map<Value, Set<Value>>()];
  for (const [from, to] of steps) {
    if (from?.dtype !== 'float32' || to?.dtype !== 'float32') continue;
    sources.set(to, (sources.get(to) ?? new Set()).add(from));
    results.set(from, (results.get(from) ?? new Set()).add(to));
  }
  return { sources, results };
}

/** What the next turn calls an output of the body. */
function carriedIn(holder: Node, body: Graph): readonly Step[] {
  const layout = bodyLayout(holder);
  if (!layout) return [];
  const { inputs, outputs, states } = layout;
  return Array.from({ length: states(holder, body) }, (_, i) => [
    body.outputs[outputs + i],
    body.inputs[inputs + i],
  ]);
}

/** Into the body and out of it. */
function passed(holder: Node, body: Graph): readonly Step[] {
  const layout = bodyLayout(holder);
  if (!layout) return [];
  const { inputs, outputs } = layout;
  return [
    ...body.inputs.slice(inputs).map((value, i): Step => [holder.inputs[inputs + i], value]),
    ...holder.outputs.map((value, i): Step => [body.outputs[outputs + i], value]),
  ];
}
