/**
 * Channels of different size share the grid of their value; behind it, a layer that stays float reads them. Its weights have
 * no grid, so they take any scale for nothing: each channel is divided by the size that it reaches, and the one grid serves
 * it as well as a grid of its own would.
 *
 *   s_j = max |X_j|, over every value of the channel's class that a dot product reads or writes
 *
 * It is SmoothQuant (smooth-quant.ts) with all of the difficulty moved to the side where it does not matter. Values in
 * front of a LeakyRelu count as well as those behind it: both have grids, and a channel that is large below zero is small
 * behind it.
 *
 * Invariant: a class that a quantized dot product reads too, or that no quantized one writes, is left as it is.
 */
import { ChannelMaxima } from '../../calibration/channel-maxima.ts';
import { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Value } from '../../ir/value.ts';
import type { PassResult } from '../../passes/pass.ts';
import type { Selection } from '../static/selection.ts';
import { applyScales } from './channels/apply-scales.ts';
import type { Channels } from './channels/channel-classes.ts';
import { type ChannelGraph, channelGraph } from './channels/channel-graph.ts';
import type { FloatRewrite } from './helper.ts';

/** Samples that show how large channels get; the ranges are observed on all of them, afterwards. */
const SAMPLES = 64;

export function levelChannels(select: (graph: Graph) => Selection): FloatRewrite {
  return {
    id: 'level-channels',
    samples: SAMPLES,
    watch(graph) {
      const observers = new Observers();
      for (const [value, { axis, count }] of levelled(graph, select(graph)).values)
        observers.watch(value.name, new ChannelMaxima(axis, count));
      return observers;
    },
    run: ({ graph }, seen) => level(graph, select(graph), seen),
  };
}

function level(graph: Graph, selection: Selection, seen: Observers): PassResult {
  const { found, free, values } = levelled(graph, selection);
  const scales = new Map<number, number>();
  for (const [value, { first }] of values)
    for (const [c, size] of seen.find(value.name, ChannelMaxima)?.maxima()?.entries() ?? []) {
      const at = found.classes.classOf(first + c);
      if (free.has(at) && size > 0) scales.set(at, Math.max(scales.get(at) ?? 0, size));
    }
  if (scales.size > 0) applyScales(graph, found, channel => scales.get(found.classes.classOf(channel)) ?? 1);
  return { changed: scales.size };
}

interface Levelled {
  readonly found: ChannelGraph;
  /** Classes that may be scaled. */
  readonly free: ReadonlySet<number>;
  /** Values with such channels. */
  readonly values: ReadonlyMap<Value, Channels>;
}

function levelled(graph: Graph, { selected }: Selection): Levelled {
  const found = channelGraph(graph);
  const { classes, weights } = found;
  const classesOf = ({ first, count }: Channels): readonly number[] =>
    Array.from({ length: count }, (_, c) => classes.classOf(first + c));
  const [readInCodes, readInFloat, written] = [new Set<number>(), new Set<number>(), new Set<number>()];
  for (const { view, reads, writes } of weights) {
    const chosen = selected.get(view.node);
    for (const at of classesOf(reads)) (chosen ? readInCodes : readInFloat).add(at);
    if (chosen && chosen.outputs.length > 0) for (const at of classesOf(writes)) written.add(at);
  }
  const isFree = (channel: number): boolean => {
    const at = classes.classOf(channel);
    return !classes.isFrozen(channel) && readInFloat.has(at) && written.has(at) && !readInCodes.has(at);
  };
  const free = new Set<number>();
  const values = new Map<Value, Channels>();
  for (const { view, reads, writes } of weights)
    for (const [value, channels] of [
      [view.node.inputs[0], reads],
      [view.node.outputs[0], writes],
    ] as const)
      for (let c = channels.first; c < channels.first + channels.count; c++)
        if (value && isFree(c)) {
          free.add(classes.classOf(c));
          values.set(value, channels);
        }
  return { found, free, values };
}
