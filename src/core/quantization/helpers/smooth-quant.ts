/**
 * SmoothQuant: what is hard in activations (a few channels that are far larger than the rest) moves into the weights.
 *
 *   X W = (X diag(s)^-1) (diag(s) W)          s_j = max|X_j|^alpha / max|W_j|^(1 - alpha)
 *
 * The division is free where whoever writes X takes it: the scale and bias of a normalization, the constant of a Mul,
 * the weights of the layer before. Elsewhere X is left as it is, unless `insertMul` asks for a Mul in front of the
 * product. Channels that several products read share an s: the largest of each side over all of them.
 *
 * The ranges of activations are observed afterwards, on the rewritten model.
 *
 * Source: G. Xiao, J. Lin, M. Seznec, H. Wu, J. Demouth, S. Han, "SmoothQuant: Accurate and Efficient Post-Training
 * Quantization for Large Language Models", ICML 2023, equations 3 and 4, https://arxiv.org/abs/2211.10438
 */

import { ChannelMaxima } from '../../calibration/channel-maxima.ts';
import { Observers } from '../../calibration/observers.ts';
import type { Graph } from '../../ir/graph.ts';
import type { PassResult } from '../../passes/pass.ts';
import { Type } from '../../schema.ts';
import { applyScales } from './channels/apply-scales.ts';
import { type ChannelGraph, channelGraph, type WeightLink } from './channels/channel-graph.ts';
import { insertDivisions } from './channels/insert-divisions.ts';
import { skippedNote } from './channels/skipped-note.ts';
import { blockMaxima, type WeightView } from './channels/weight-view.ts';
import type { AccuracyHelper } from './helper.ts';

/** Half of the difficulty on each side: the paper's value for most models. */
const DEFAULT_ALPHA = 0.5;
/** Keeps a channel that is nearly silent from being blown up; the reference code's bound. */
const SMALLEST = 1e-5;

const strength = Type.Object(
  {
    alpha: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        default: DEFAULT_ALPHA,
        description: 'How much moves into the weights: 0 evens out the weights, 1 the activations',
      }),
    ),
    insertMul: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Write a Mul where the division cannot be folded into what is there',
      }),
    ),
  },
  { additionalProperties: false },
);

const options = {
  smoothQuant: Type.Optional(
    Type.Union([Type.Literal('auto'), Type.Literal('none'), strength], {
      default: 'auto',
      description:
        'Evens out the channels of activations by moving scales into the weights that read them. auto: behind normalizations alone, with the strength of the least expected error; none; or one strength for all, as {"alpha": 0.5}',
    }),
  ),
};

export const smoothQuant: AccuracyHelper<typeof options> = {
  id: 'smooth-quant',
  title: 'SmoothQuant',
  summary:
    'Moves outlier channels of activations into the weights. Pays in transformers, where a normalization writes a few channels far larger than the rest.',
  source: 'https://arxiv.org/abs/2211.10438',
  options,
  // What auto does depends on what is quantized, and how: the method adds it (smooth-normalizations.ts).
  rewrite: ({ smoothQuant: asked }) =>
    typeof asked !== 'object'
      ? undefined
      : {
          id: 'smooth-quant',
          watch: watchInputs,
          run: (model, seen) =>
            smooth(model.graph, seen, asked.alpha ?? DEFAULT_ALPHA, asked.insertMul ?? false),
        },
};

/** The values that products with constant weights read. */
export function watchInputs(graph: Graph): Observers {
  const observers = new Observers();
  for (const { view, reads } of channelGraph(graph).weights) {
    const data = view.node.inputs[0];
    if (data) observers.watch(data.name, new ChannelMaxima(reads.axis, reads.count));
  }
  return observers;
}

export function smooth(graph: Graph, seen: Observers, alpha: number, insertMul: boolean): PassResult {
  const found = channelGraph(graph);
  const { classes } = found;
  const scales = smoothingScales(found, seen, alpha);
  const foldable = (channel: number): number =>
    classes.isFrozen(channel) ? 1 : (scales[classes.classOf(channel)] as number);
  // Before the weights that stay frozen are touched: their own nodes are rewritten apart.
  const inserted = insertMul
    ? insertDivisions(graph, found, channel => scales[classes.classOf(channel)] as number)
    : 0;
  applyScales(graph, found, foldable);
  const moved = scales.filter((scale, at) => scale !== 1 && !classes.isFrozen(at)).length;
  const note = insertMul ? undefined : skippedNote('SmoothQuant', classes);
  return { changed: moved + inserted, notes: note ? [note] : [] };
}

/** By class; frozen ones too, for those who insert the division. */
function smoothingScales({ classes, weights }: ChannelGraph, seen: Observers, alpha: number): Float64Array {
  const [activation, weight] = [new Float64Array(classes.size), new Float64Array(classes.size)];
  for (const link of weights) {
    const maxima = seen.find(link.view.node.inputs[0]?.name ?? '', ChannelMaxima)?.maxima();
    if (maxima) raise(activation, link, maxima, classes);
    raise(weight, link, inputMaxima(link.view), classes);
  }
  return activation.map((x, at) => smoothingScale(x, weight[at] as number, alpha));
}

/** @param x largest size of the channel in the activations @param w in the weights */
export function smoothingScale(x: number, w: number, alpha: number): number {
  // What is not finite is named when its weight is quantized.
  if (x === 0 || w === 0 || !Number.isFinite(w)) return 1;
  return Math.max(x ** alpha / Math.max(w, SMALLEST) ** (1 - alpha), SMALLEST);
}

function raise(
  target: Float64Array,
  { reads }: WeightLink,
  sizes: ArrayLike<number>,
  classes: ChannelGraph['classes'],
): void {
  for (let c = 0; c < reads.count; c++) {
    const at = classes.classOf(reads.first + c);
    target[at] = Math.max(target[at] as number, sizes[c] as number);
  }
}

/** Largest weight that reads each input channel. */
export function inputMaxima(view: WeightView): Float64Array {
  const maxima = blockMaxima(view);
  const largest = new Float64Array(view.inputs);
  for (let a = 0, at = 0; a < view.a; a++)
    for (let b = 0; b < view.b; b++, at++) {
      const c = view.inputOf(a, b);
      largest[c] = Math.max(largest[c] as number, maxima[at] as number);
    }
  return largest;
}
