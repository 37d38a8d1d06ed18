/**
 * Writes the pads of a Pad that names its axes for every axis.
 *
 * Why: onnxruntime 1.30 moves Transposes across a Pad beside integer convolutions and permutes its pads as if there were
 * one pair for each axis; the model then fails when it runs.
 *
 * Requires: weights are initializers, and ranks are known, so it runs where a model is lowered. Ensures: a Pad whose pads and axes are constants has no axes.
 * https://onnx.ai/onnx/operators/onnx__Pad.html
 */
import { addInitializer } from '../ir/edit.ts';
import type { Graph } from '../ir/graph.ts';
import { Names } from '../ir/names.ts';
import type { Node } from '../ir/node.ts';
import type { Value } from '../ir/value.ts';
import { walkGraphs } from '../ir/walk.ts';
import { elements, tensorOf } from '../tensor/tensor.ts';
import type { Pass } from './pass.ts';

export const padEveryAxis: Pass = {
  id: 'pad-every-axis',
  summary: 'A Pad that names its axes gets pads for all of them: onnxruntime reorders no others rightly.',
  run(model) {
    let names: Names | undefined;
    let changed = 0;
    for (const graph of walkGraphs(model.graph))
      for (const node of graph.nodes) {
        const pads = node.qualifiedType === 'Pad' ? padsOfAll(node) : undefined;
        if (!pads) continue;
        names ??= new Names(model.graph);
        write(graph, node, pads, names);
        changed++;
      }
    return { changed };
  },
};

/** Begins of all axes, then ends; undefined where there are no axes, or not all is known. */
function padsOfAll(node: Node): readonly bigint[] | undefined {
  const [data, pads, , axes] = node.inputs;
  const rank = data?.dims?.length;
  const given = integers(pads);
  const named = integers(axes);
  if (rank === undefined || !given || !named || given.length !== 2 * named.length) return undefined;
  const all = Array<bigint>(2 * rank).fill(0n);
  const seen = new Set<number>();
  for (const [index, axis] of named.entries()) {
    const at = Number(axis < 0n ? axis + BigInt(rank) : axis);
    if (at < 0 || at >= rank || seen.has(at)) return undefined;
    seen.add(at);
    all[at] = given[index] as bigint;
    all[rank + at] = given[named.length + index] as bigint;
  }
  return all;
}

function integers(value: Value | undefined): readonly bigint[] | undefined {
  const tensor = value?.initializer;
  if (tensor?.dtype === 'int64') return [...elements(tensor, 'int64')];
  return tensor?.dtype === 'int32' ? [...elements(tensor, 'int32')].map(BigInt) : undefined;
}

function write(graph: Graph, node: Node, pads: readonly bigint[], names: Names): void {
  const tensor = tensorOf('int64', [pads.length], BigInt64Array.from(pads));
  node.setInput(1, addInitializer(graph, names.value(`${node.inputs[1]?.name}_all`), tensor));
  node.truncateInputs(node.inputs[2] ? 3 : 2);
}
