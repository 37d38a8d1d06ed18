/**
 * Where a scale cannot be folded into whoever writes a value, a Mul divides it in front of the products that read it:
 *
 *   Mul(x, 1 / s) -> product with weights * s
 *
 * Only for the products; all other readers see the value as it was. One Mul serves all of them. Channels that are not
 * frozen get the factor 1 here: their scale is folded in.
 */
import { addInitializer, insertAfter } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';
import { Names } from '../../../ir/names.ts';
import { Node } from '../../../ir/node.ts';
import { Value } from '../../../ir/value.ts';
import { tensorOf } from '../../../tensor/tensor.ts';
import { replaceConstant, type ScaleOf, scaledWeight } from './apply-scales.ts';
import type { ChannelGraph } from './channel-graph.ts';
import { WEIGHT } from './weight-view.ts';

/** @returns how many nodes were inserted */
export function insertDivisions(graph: Graph, { classes, weights }: ChannelGraph, scaleOf: ScaleOf): number {
  const ownScale: ScaleOf = channel => (classes.isFrozen(channel) ? scaleOf(channel) : 1);
  const names = new Names(graph);
  const divided = new Map<Value, Value>();
  for (const link of weights) {
    const { node } = link.view;
    const { reads } = link;
    const data = node.inputs[0];
    const rank = data?.dims?.length;
    if (!data || rank === undefined) continue;
    const weight = scaledWeight(link, ownScale, () => 1);
    if (!weight) continue;
    let result = divided.get(data);
    if (!result) {
      const inverse = Float32Array.from({ length: reads.count }, (_, c) => 1 / ownScale(reads.first + c));
      const dims = [reads.count, ...Array<number>(rank - 1 - reads.axis).fill(1)];
      const factor = addInitializer(
        graph,
        names.value(`${data.name}_smoothing`),
        tensorOf('float32', dims, inverse),
      );
      result = new Value(names.value(`${data.name}_smooth`), data.type);
      const name = names.node(`${data.name}_smooth`);
      insertAfter(
        graph,
        data.producer,
        new Node({ opType: 'Mul', name, inputs: [data, factor], outputs: [result] }),
      );
      divided.set(data, result);
    }
    replaceConstant(graph, names, node, WEIGHT, weight);
    node.setInput(0, result);
  }
  return divided.size;
}
