/**
 * Writes scales of channels into the weights and constants of a graph.
 *
 * Invariant: a constant that others read too keeps its own value for them; nothing changes where all scales are 1.
 */
import { addInitializer } from '../../../ir/edit.ts';
import type { Graph } from '../../../ir/graph.ts';
import { Names } from '../../../ir/names.ts';
import { removeUnusedInitializers } from '../../../ir/unused.ts';
import { axisView } from '../../../tensor/reduce.ts';
import { elements, type Tensor, tensorOf } from '../../../tensor/tensor.ts';
import type { Channels } from './channel-classes.ts';
import type { ChannelGraph, ConstantLink, WeightLink } from './channel-graph.ts';
import { WEIGHT } from './weight-view.ts';

/** By channel: what its values are divided by. */
export type ScaleOf = (channel: number) => number;

export function applyScales(graph: Graph, { weights, constants }: ChannelGraph, scaleOf: ScaleOf): void {
  const names = new Names(graph);
  for (const link of weights)
    replaceConstant(graph, names, link.view.node, WEIGHT, scaledWeight(link, scaleOf, scaleOf));
  for (const link of constants)
    replaceConstant(graph, names, link.node, link.input, scaledConstant(link, scaleOf));
  removeUnusedInitializers(graph);
}

/** Puts the scaled constant in the place of the node's own; leaves that where there is none. */
export function replaceConstant(
  graph: Graph,
  names: Names,
  node: ConstantLink['node'],
  input: number,
  tensor: Tensor | undefined,
): void {
  if (!tensor) return;
  const wish = `${node.inputs[input]?.name}_scaled`;
  node.setInput(input, addInitializer(graph, names.value(wish), tensor));
}

/** The weight with the scales of the channels that it reads and writes; undefined where all are 1. */
export function scaledWeight(
  { view, reads, writes }: WeightLink,
  readScale: ScaleOf,
  writtenScale: ScaleOf,
): Tensor | undefined {
  const [read, written] = [factors(reads, readScale), factors(writes, writtenScale)];
  if (read.every(isOne) && written.every(isOne)) return undefined;
  const data = elements(view.node.inputs[WEIGHT]!.initializer!, 'float32').slice();
  for (let a = 0; a < view.a; a++)
    for (let b = 0; b < view.b; b++) {
      const factor = (read[view.inputOf(a, b)] as number) / (written[view.outputOf(a, b)] as number);
      const start = (a * view.b + b) * view.block;
      for (let k = start; k < start + view.block; k++) data[k] = (data[k] as number) * factor;
    }
  return tensorOf('float32', view.dims, data);
}

/** The constant, stretched along the channels' axis where it was one number for all of them. */
function scaledConstant(
  { node, input, fromEnd, reads, writes }: ConstantLink,
  scaleOf: ScaleOf,
): Tensor | undefined {
  const written = factors(writes, scaleOf);
  const read = reads ? factors(reads, scaleOf) : written.map(() => 1);
  if (read.every(isOne) && written.every(isOne)) return undefined;
  const tensor = node.inputs[input]!.initializer!;
  const source = elements(tensor, 'float32');
  const missing = Math.max(fromEnd - tensor.dims.length, 0);
  const dims = [...Array<number>(missing).fill(1), ...tensor.dims];
  const axis = dims.length - fromEnd;
  const stretched = dims.with(axis, writes.count);
  const { outer, channels, inner } = axisView(stretched, axis);
  const own = dims[axis] === 1 ? 0 : inner;
  const data = new Float32Array(outer * channels * inner);
  for (let o = 0, at = 0; o < outer; o++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < inner; i++, at++) {
        const from = o * (own === 0 ? inner : channels * inner) + c * own + i;
        data[at] = (source[from] as number) * ((read[c] as number) / (written[c] as number));
      }
  return tensorOf('float32', stretched, data);
}

function factors({ first, count }: Channels, scaleOf: ScaleOf): Float64Array {
  return Float64Array.from({ length: count }, (_, c) => scaleOf(first + c));
}

const isOne = (x: number): boolean => x === 1;
