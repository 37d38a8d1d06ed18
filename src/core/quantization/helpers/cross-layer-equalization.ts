/**
 * Cross-layer equalization: scales move from one layer's output channels into the next layer's input channels until both
 * use their grids alike.
 *
 *   f(W2 g(W1 x + b)) = f(W2 S g(S^-1 W1 x + S^-1 b))     g homogeneous, S diagonal and positive
 *   s_i <- s_i * sqrt(r1_i / r2_i)
 *
 * with r1_i the largest size in row i of W1 against that of all W1, and r2_i the same for column i of W2. The paper
 * takes pairs and triples (around a depthwise convolution) in turn until nothing changes; here every class of channels
 * that must share a scale moves at once, which makes a residual stream with many writers and readers one more case.
 * A layer in front of ReLU6 is left: replacing it by Relu, as the paper does, would change the model.
 *
 * Source: M. Nagel, M. van Baalen, T. Blankevoort, M. Welling, "Data-Free Quantization Through Weight Equalization and
 * Bias Correction", ICCV 2019, section 4.1, https://arxiv.org/abs/1906.04721
 */

import { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { PassResult } from '../../passes/pass.ts';
import { Type } from '../../schema.ts';
import { applyScales } from './channels/apply-scales.ts';
import type { Channels } from './channels/channel-classes.ts';
import { type ChannelGraph, channelGraph } from './channels/channel-graph.ts';
import { skippedNote } from './channels/skipped-note.ts';
import { blockMaxima, type WeightView } from './channels/weight-view.ts';
import type { AccuracyHelper } from './helper.ts';

/** Scales settle in a few sweeps, more in long chains; the limit only bounds the time. */
const MAX_SWEEPS = 50;
/** Below a percent a further step changes nothing that 8 bits show. */
const SETTLED = 0.01;
/** A channel that hardly anybody reads would be blown up without end. */
const MAX_SCALE = 2 ** 10;

const options = {
  equalize: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Cross-layer equalization: weights of neighbouring layers are rescaled to use their grids alike; no data needed',
    }),
  ),
};

export const crossLayerEqualization: AccuracyHelper<typeof options> = {
  id: 'cross-layer-equalization',
  title: 'Cross-layer equalization',
  summary:
    'Rescales the channels between layers so that no channel of a weight is much smaller than the others. For weights with one scale, or where a target has no per-channel weights.',
  source: 'https://arxiv.org/abs/1906.04721',
  options,
  rewrite: ({ equalize }) =>
    equalize
      ? {
          id: 'cross-layer-equalization',
          watch: () => new Observers(),
          run: model => equalizeLayers(model.graph),
        }
      : undefined,
};

export function equalizeLayers(graph: Graph): PassResult {
  const found = channelGraph(graph);
  const scales = equalizingScales(found);
  const moved = new Set(scales.flatMap((scale, at) => (scale === 1 ? [] : [at])));
  if (moved.size > 0) applyScales(graph, found, channel => scales[found.classes.classOf(channel)] as number);
  const note = skippedNote('Cross-layer equalization', found.classes);
  return { changed: moved.size, notes: note ? [note] : [] };
}

interface Table {
  readonly view: WeightView;
  readonly maxima: Float64Array;
  readonly reads: Int32Array;
  readonly writes: Int32Array;
}

/** By class. */
function equalizingScales({ classes, weights }: ChannelGraph): number[] {
  const classesOf = ({ first, count }: Channels) =>
    Int32Array.from({ length: count }, (_, c) => classes.classOf(first + c));
  const tables = weights.map(({ view, reads, writes }): Table => {
    return { view, maxima: blockMaxima(view), reads: classesOf(reads), writes: classesOf(writes) };
  });
  const scales = Array<number>(classes.size).fill(1);
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    const [written, read] = [new Float64Array(classes.size), new Float64Array(classes.size)];
    for (const table of tables) collectRanges(table, scales, written, read);
    let largestStep = 0;
    for (const [at, scale] of scales.entries()) {
      const [r1, r2] = [written[at] as number, read[at] as number];
      // Neither zero nor NaN: a weight that is not finite is named when it is quantized.
      if (!(r1 > 0 && r2 > 0) || classes.isFrozen(at)) continue;
      const next = Math.min(Math.max(scale * Math.sqrt(r1 / r2), 1 / MAX_SCALE), MAX_SCALE);
      largestStep = Math.max(largestStep, Math.abs(Math.log(next / scale)));
      scales[at] = next;
    }
    if (largestStep < SETTLED) break;
  }
  return scales;
}

/** Largest size in each written and each read channel, against the largest of the whole weight. */
function collectRanges(
  { view, maxima, reads, writes }: Table,
  scales: readonly number[],
  written: Float64Array,
  read: Float64Array,
): void {
  const scaled = new Float64Array(maxima.length);
  let largest = 0;
  for (let a = 0, at = 0; a < view.a; a++)
    for (let b = 0; b < view.b; b++, at++) {
      const s1 = scales[reads[view.inputOf(a, b)] as number] as number;
      const s2 = scales[writes[view.outputOf(a, b)] as number] as number;
      scaled[at] = ((maxima[at] as number) * s1) / s2;
      largest = Math.max(largest, scaled[at] as number);
    }
  if (largest === 0) return;
  for (let a = 0, at = 0; a < view.a; a++)
    for (let b = 0; b < view.b; b++, at++) {
      const share = (scaled[at] as number) / largest;
      const from = reads[view.inputOf(a, b)] as number;
      const to = writes[view.outputOf(a, b)] as number;
      read[from] = Math.max(read[from] as number, share);
      written[to] = Math.max(written[to] as number, share);
    }
}
