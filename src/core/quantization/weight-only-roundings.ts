/**
 * Which weights GPTQ rounds in weight-only quantization, and how: the matrices that the plan quantizes, in groups that
 * meet the same vectors (the projections to query, key and value), so that each Hessian is factored once.
 *
 * Invariant: a weight that several nodes read is rounded once, against the inputs of all of them. Inputs inside If, Loop
 * and Scan bodies cannot be observed; a weight that is read nowhere else is rounded to nearest.
 */
import type { SecondMoment } from '../calibration/second-moment.ts';
import type { Model } from '../ir/model.ts';
import type { Node } from '../ir/node.ts';
import { walkNodes } from '../ir/walk.ts';
import { elements } from '../tensor/tensor.ts';
import type { NodeFilter } from './node-filter.ts';
import type { WeightQuant } from './plan.ts';
import { roundBlocks } from './rounding/blocks.ts';
import { errorFeedback } from './rounding/error-feedback.ts';
import type { RoundedWeights, WeightRounding } from './rounding/weight-rounding.ts';
import {
  blockAxis,
  blocksOf,
  declinedMatrix,
  isProduct,
  MATRIX,
  type WeightOnlyTypes,
  weightKey,
} from './weight-only-plan.ts';

/** A constant and the nodes that read it in one way. */
interface Readers {
  readonly nodes: Node[];
  readonly inputs: Set<string>;
}

export function weightOnlyRoundings(
  model: Model,
  filter: NodeFilter,
  types: WeightOnlyTypes,
): readonly WeightRounding[] {
  const groups = new Map<string, Readers[]>();
  for (const readers of byWeight(model, filter).values()) {
    if (readers.inputs.size === 0) continue;
    const key = JSON.stringify([...readers.inputs].sort());
    groups.set(key, [...(groups.get(key) ?? []), readers]);
  }
  return [...groups.values()].map(group => roundingOf(group, types));
}

function byWeight(model: Model, filter: NodeFilter): ReadonlyMap<string, Readers> {
  const weights = new Map<string, Readers>();
  for (const { graph, node } of walkNodes(model.graph)) {
    if (!isProduct(node) || filter(node) || declinedMatrix(node)) continue;
    const readers = weights.get(weightKey(node)) ?? { nodes: [], inputs: new Set() };
    weights.set(weightKey(node), readers);
    readers.nodes.push(node);
    const input = node.inputs[0];
    if (graph === model.graph && input) readers.inputs.add(input.name);
  }
  return weights;
}

function roundingOf(group: readonly Readers[], types: WeightOnlyTypes): WeightRounding {
  const [first] = group;
  const node = first?.nodes[0];
  if (!first || !node) throw new Error('a group without weights');
  return {
    inputs: [...first.inputs],
    size: node.inputs[MATRIX]?.initializer?.dims[blockAxis(node)] ?? 0,
    round: moment => roundGroup(group, moment, types),
  };
}

function roundGroup(group: readonly Readers[], moment: SecondMoment, types: WeightOnlyTypes): RoundedWeights {
  const feedback = errorFeedback(moment, { byActivation: true });
  const rounded = new Map<string, WeightQuant>();
  for (const { nodes } of group) {
    const [node] = nodes;
    const value = node?.inputs[MATRIX];
    if (!node || !value?.initializer) continue;
    const data = elements(value.initializer, 'float32');
    const quant = roundBlocks(data, value.initializer.dims, blocksOf(node, types), feedback);
    for (const { name } of nodes) rounded.set(name, quant);
  }
  return rounded;
}
