/**
 * EasyQuant: scales by search. Of some shares of the planned scale, the one under which the outputs of the layer are most
 * like those in float, by their cosine; first for the weights, then for the activation they meet, in turn.
 *
 * The cosine sees the direction of the outputs and not their length, and what it gains on the vectors it was chosen by may
 * be lost on others. So a share must bring down the squared error on the vectors that choose as well, and then on the
 * vectors that judge: where it does not, the scale stays. No layer is worse on either than it was.
 *
 * An activation is searched where nobody but such layers reads its codes (those that share its grid included), and not
 * beyond its range where a Relu or Clip ends in it, whose bound the grid has taken over.
 *
 * Source: D. Wu, Q. Tang, Y. Zhao, M. Zhang, Y. Fu, D. Zhang, "EasyQuant: Post-training Quantization via Scale
 * Optimization", 2020, https://arxiv.org/abs/2006.16669
 */

import { KeptVectors } from '../../calibration/kept-vectors.ts';
import type { Observers } from '../../calibration/observers.ts';
import { isGraphOutput } from '../../ir/edit.ts';
import type { Graph } from '../../ir/graph.ts';
import type { Node } from '../../ir/node.ts';
import { operatorSpec } from '../../ops/index.ts';
import { Type } from '../../schema.ts';
import { tensorOf } from '../../tensor/tensor.ts';
import { toFloat32 } from '../../tensor/to-float32.ts';
import type { ActivationQuant, QuantPlan } from '../plan.ts';
import { WEIGHT } from './channels/weight-view.ts';
import type { AccuracyHelper } from './helper.ts';
import { ConstantsToCome } from './planned-constants.ts';
import { cosine, type Half, type Likeness, SearchedLayer, squaredError } from './searched-layer.ts';
import { dotProduct } from './vector-shape.ts';

/** From half of the scale, the paper's lower end, to 1.2 times it. */
const SHARES: readonly number[] = Array.from({ length: 15 }, (_, i) => 0.5 + i / 20).filter(x => x !== 1);
/** Of the squared error on the judging vectors, at most this share may be left: less of a gain is chance. */
const LEFT = 0.9;
/** Turns of weights and activations; most layers settle in the first, and then have no second. */
const ROUNDS = 2;
/** Multiplications of one trial, above which a layer is left as it is: all of its trials together take some 8 seconds. */
const MAX_WORK = 2 ** 28;

const options = {
  scaleSearch: Type.Optional(
    Type.Boolean({
      default: false,
      description:
        'Search scales of weights and activations for outputs of layers that are most like float (EasyQuant), judged on other samples',
    }),
  ),
};

export const scaleSearch: AccuracyHelper<typeof options> = {
  id: 'scale-search',
  title: 'Scale search',
  summary:
    'Tries smaller and larger scales of weights and activations in turn, and keeps what brings a layer closer to float on samples it was not chosen by. Pays where weights have 4 bits.',
  source: 'https://arxiv.org/abs/2006.16669',
  options,
  refinement: ({ scaleSearch: on }) => (on ? { watch, refine } : undefined),
};

function watch(linear: readonly Node[], observers: Observers): void {
  for (const node of linear) {
    const [data] = node.inputs;
    const shape = dotProduct(node)?.shape;
    if (!data || !shape) continue;
    const kept = observers.find(data.name, KeptVectors) ?? new KeptVectors();
    kept.ask(shape);
    observers.watch(data.name, kept);
  }
}

interface Trial {
  readonly layer: SearchedLayer;
  /** By slot. */
  scales: Float32Array;
  /** The activation under which `scales` were searched: under the same one they would be found again. */
  settledUnder?: ActivationQuant;
}

/** Values that share one grid, and the scales of all that read them when the grid was searched last. */
interface Group {
  readonly names: readonly string[];
  settledWith?: readonly Float32Array[];
}

function refine(plan: QuantPlan, graph: Graph, observers: Observers): QuantPlan {
  const constants = new ConstantsToCome(plan);
  const { trials, tooLarge } = findTrials(plan, graph, observers, constants);
  const activations = new Map(plan.activations);
  const groups = searchableGroups(plan, graph, trials);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [node, trial] of trials) searchWeights(trial, activationOf(node, activations));
    for (const group of groups) searchActivation(group, activations, graph, trials);
  }
  const nodes = new Map(plan.nodes);
  for (const [node, { layer, scales }] of trials) {
    const decision = nodes.get(node.name);
    const weight = constants.get(node, WEIGHT);
    if (decision?.action !== 'quantize' || !weight) continue;
    if (scales.every((scale, slot) => scale === layer.quant.scales[slot])) continue;
    const weights = new Map([...decision.weights, [WEIGHT, { ...layer.quant, scales }] as const]);
    nodes.set(node.name, { ...decision, weights });
    constants.set(node, WEIGHT, tensorOf('float32', weight.dims, layer.clipped(toFloat32(weight), scales)));
  }
  const note = `Scale search: ${tooLarge} layers are left as they were, because trying scales on them would take too long.`;
  const notes = tooLarge > 0 ? [...(plan.notes ?? []), note] : plan.notes;
  return { ...plan, activations, nodes, constants: constants.all(), ...(notes && { notes }) };
}

type Trials = ReadonlyMap<Node, Trial>;

/** Layers with one scale for all weights or one for each output channel, of which vectors were kept. */
function findTrials(
  plan: QuantPlan,
  graph: Graph,
  observers: Observers,
  constants: ConstantsToCome,
): { readonly trials: Trials; readonly tooLarge: number } {
  const trials = new Map<Node, Trial>();
  let tooLarge = 0;
  for (const node of graph.nodes) {
    const decision = plan.nodes.get(node.name);
    const product = dotProduct(node);
    const quant = decision?.action === 'quantize' ? decision.weights.get(WEIGHT) : undefined;
    const weight = constants.get(node, WEIGHT);
    const name = node.inputs[0]?.name ?? '';
    if (!product || !quant || !weight || !plan.activations.has(name)) continue;
    if (quant.blockSize !== undefined || (quant.axis !== undefined && quant.axis !== product.channelAxis))
      continue;
    const halves = observers.find(name, KeptVectors)?.halves(product.shape);
    if (!halves) continue;
    const layer = new SearchedLayer(toFloat32(weight), quant, product, halves);
    if (layer.work <= MAX_WORK) trials.set(node, { layer, scales: quant.scales.slice() });
    else tooLarge++;
  }
  return { trials, tooLarge };
}

type Activations = ReadonlyMap<string, ActivationQuant>;

const activationOf = (node: Node, activations: Activations): ActivationQuant =>
  activations.get(node.inputs[0]?.name ?? '') as ActivationQuant;

/** Each slot by itself. */
function searchWeights(trial: Trial, activation: ActivationQuant): void {
  const { layer } = trial;
  if (trial.settledUnder === activation) return;
  trial.settledUnder = activation;
  const inputs = {
    choose: layer.inputs('choose', activation),
    judge: layer.inputs('judge', activation),
  };
  const measure = (half: Half, scales: Float32Array): Likeness[] =>
    layer.likeness(half, scales, inputs[half]);
  const before = measure('choose', trial.scales);
  const best = trial.scales.slice();
  const highest = before.map(cosine);
  for (const share of SHARES) {
    const scales = layer.quant.scales.map(scale => scale * share);
    measure('choose', scales).forEach((found, slot) => {
      if (cosine(found) <= (highest[slot] as number)) return;
      if (squaredError(found) >= squaredError(before[slot] as Likeness)) return;
      highest[slot] = cosine(found);
      best[slot] = scales[slot] as number;
    });
  }
  const [now, then] = [measure('judge', best), measure('judge', trial.scales)];
  const chosen = trial.scales.map((scale, slot) =>
    squaredError(now[slot] as Likeness) < LEFT * squaredError(then[slot] as Likeness)
      ? (best[slot] as number)
      : scale,
  );
  if (chosen.some((scale, slot) => scale !== trial.scales[slot])) trial.scales = chosen;
}

/** All layers that read the codes together. */
function searchActivation(
  group: Group,
  activations: Map<string, ActivationQuant>,
  graph: Graph,
  trials: Trials,
): void {
  const { names, settledWith } = group;
  const readers = [...trials].filter(([node]) => names.includes(node.inputs[0]?.name ?? ''));
  const scalesNow = readers.map(([, { scales }]) => scales);
  if (settledWith && scalesNow.every((scales, at) => scales === settledWith[at])) return;
  group.settledWith = scalesNow;
  const current = activations.get(names[0] as string) as ActivationQuant;
  const measure = (half: Half, activation: ActivationQuant): Likeness => {
    const total = { exact: 0, both: 0, trial: 0 };
    for (const [, { layer, scales }] of readers)
      for (const found of layer.likeness(half, scales, layer.inputs(half, activation))) {
        total.exact += found.exact;
        total.both += found.both;
        total.trial += found.trial;
      }
    return total;
  };
  const before = measure('choose', current);
  let best = current;
  let highest = cosine(before);
  const most = endsInClip(names, graph) ? 1 : Number.POSITIVE_INFINITY;
  for (const share of SHARES.filter(each => each <= most)) {
    const trial = scaled(current, share);
    const found = measure('choose', trial);
    if (cosine(found) <= highest || squaredError(found) >= squaredError(before)) continue;
    highest = cosine(found);
    best = trial;
  }
  if (best === current) return;
  if (squaredError(measure('judge', best)) >= LEFT * squaredError(measure('judge', current))) return;
  for (const name of names) activations.set(name, best);
  // Shares of another grid are other grids.
  delete group.settledWith;
}

/** The zero point stays where it is, so that both ends move alike. */
function scaled(activation: ActivationQuant, share: number): ActivationQuant {
  const { range } = activation;
  return {
    ...activation,
    scale: Math.fround(activation.scale * share),
    ...(range && { range: { min: range.min * share, max: range.max * share } }),
  };
}

/** Names of values that share one grid, where layers under trial read it and others only pass it on. */
function searchableGroups(plan: QuantPlan, graph: Graph, trials: Trials): readonly Group[] {
  const groups = new Map<ActivationQuant, string[]>();
  for (const [name, grid] of plan.activations) groups.set(grid, [...(groups.get(grid) ?? []), name]);
  const values = new Map(
    [...graph.inputs, ...graph.nodes.flatMap(({ outputs }) => outputs)].flatMap(value =>
      value ? [[value.name, value] as const] : [],
    ),
  );
  return [...groups].flatMap(([{ range }, names]) => {
    const own = new Set(names);
    const isPassedOn = (node: Node): boolean =>
      operatorSpec(node)?.role === 'movement' &&
      plan.nodes.get(node.name)?.action === 'quantize' &&
      own.has(node.outputs[0]?.name ?? '');
    const isRead = names.some(name => [...trials.keys()].some(node => node.inputs[0]?.name === name));
    const alone = names.every(name => {
      const value = values.get(name);
      return (
        value &&
        !isGraphOutput(graph, value) &&
        [...value.uses].every(({ node, index }) => (index === 0 && trials.has(node)) || isPassedOn(node))
      );
    });
    return range && isRead && alone ? [{ names }] : [];
  });
}

function endsInClip(names: readonly string[], graph: Graph): boolean {
  return graph.nodes.some(
    node => operatorSpec(node)?.role === 'clip' && names.includes(node.outputs[0]?.name ?? ''),
  );
}
