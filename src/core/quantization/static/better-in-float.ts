/**
 * Nodes that could run on 8-bit values, and are closer to the model and no slower in float on a CPU:
 *
 * - What reads one product alone, such as the Add of its bias. A product gives float results for nothing; a grid for them
 *   is one more rounding, and one more conversion, in front of the grid of the sum.
 * - Products of two activations, as in attention: there are no bytes to save, and what the integer kernel gains is spent
 *   on converting both operands. They stay in a model that has no other dot products.
 * - The last convolutions, behind which there is no other dot product, where they do next to no work and hold next to no
 *   weights. A convolution's integer kernel gives no float results: what would be the model's answer is rounded to 8 bits,
 *   and so is what it reads.
 * - The first ones, in front of which there is none, in the same way: else the model's input is rounded, and errors that
 *   are made there pass through all that follows. With few input channels the integer kernel is no faster anyway.
 * - Products that a Loop applies to their own results, with nothing new from turn to turn (iterated.ts).
 *
 * Invariant: the choice follows from the structure of the model alone, not from what else is quantized, so that a node
 * that repair tries by itself is treated as it is in the whole.
 */
import type { Graph } from '../../ir/graph.ts';
import { visibleGraphs } from '../../ir/lift.ts';
import type { Node } from '../../ir/node.ts';
import type { Dim } from '../../ir/value.ts';
import { subgraphsOf } from '../../ir/walk.ts';
import { operatorSpec } from '../../ops/index.ts';
import type { LinearSpec } from '../../ops/operator.ts';
import { elementCount } from '../../tensor/tensor.ts';
import type { NodeFilter } from '../node-filter.ts';
import type { FloatReason } from '../plan.ts';
import { iteratedProducts } from './iterated.ts';

/**
 * Share of a model's multiplications that first and last convolutions together may do in float, and of its weights that they may keep. An
 * integer kernel is at most a few times faster, so that the model loses less than this in time; the conversions that fall away make up for
 * it. Weights are a matter of their own: a classifier on pooled features, or what makes a generator's first picture of a vector, does few
 * multiplications with a quarter of them.
 */
const MAX_SHARE = 0.02;

const BEHIND_PRODUCT: FloatReason = {
  code: 'no_gain',
  text: 'it reads a product, which gives float results for nothing: in 8 bits it would only be rounded once more',
};
const OF_ACTIVATIONS: FloatReason = {
  code: 'no_gain',
  text: 'both operands are computed at run time: codes save no bytes, and converting takes the time that they gain',
};
const LAST: FloatReason = {
  code: 'no_gain',
  text: `only float nodes read this convolution, which does at most ${100 * MAX_SHARE} % of the multiplications with as few of the weights`,
};
const FIRST: FloatReason = {
  code: 'no_gain',
  text: `no dot product stands in front of this convolution, which does at most ${100 * MAX_SHARE} % of the multiplications with as few of the weights`,
};

const ITERATED: FloatReason = {
  code: 'range_not_covered',
  text: 'it is applied to its own result in every turn: no one grid holds what shrinks or grows from turn to turn, and errors add up',
};

export function betterInFloat(root: Graph): NodeFilter {
  const linear = visibleGraphs(root).flatMap(({ nodes }) => nodes.filter(linearSpec));
  const outer = outerConvolutions(root, linear);
  const hasWeights = linear.some(node => !isOfActivations(node));
  const iterated = iteratedProducts(root);
  return node => {
    const reason = outer.get(node) ?? (iterated.has(node) ? ITERATED : undefined);
    if (reason) return reason;
    if (readsProductAlone(node)) return BEHIND_PRODUCT;
    return hasWeights && isOfActivations(node) ? OF_ACTIVATIONS : undefined;
  };
}

const linearSpec = (node: Node): LinearSpec | undefined => {
  const spec = operatorSpec(node);
  return spec?.role === 'linear' ? spec : undefined;
};

function isOfActivations(node: Node): boolean {
  const spec = linearSpec(node);
  return spec !== undefined && [spec.data, spec.weight].every(index => !node.inputs[index]?.initializer);
}

function readsProductAlone(node: Node): boolean {
  if (operatorSpec(node)?.role !== 'arithmetic') return false;
  const [value, ...more] = node.inputs.filter(each => each && !each.initializer);
  return (
    value?.producer !== undefined &&
    more.length === 0 &&
    value.uses.size === 1 &&
    linearSpec(value.producer)?.floatOutput === true
  );
}

/** The cheapest first, as far as the share reaches. */
function outerConvolutions(root: Graph, linear: readonly Node[]): ReadonlyMap<Node, FloatReason> {
  const works = new Map(linear.map(node => [node, multiplications(node)]));
  const allWork = sum(linear.map(node => works.get(node) ?? 0));
  const allWeights = sum(linear.map(weights));
  const main = new Set(root.nodes);
  const candidates = root.nodes.flatMap(node => {
    const work = works.get(node);
    if (work === undefined || linearSpec(node)?.floatOutput !== false) return [];
    const reason = !meetsDotProduct(node, readers, main)
      ? LAST
      : meetsDotProduct(node, writers, main)
        ? undefined
        : FIRST;
    return reason ? [{ node, work, reason }] : [];
  });
  const found = new Map<Node, FloatReason>();
  let spent = 0;
  let kept = 0;
  for (const { node, work, reason } of candidates.sort((a, b) => a.work - b.work)) {
    if (spent + work > MAX_SHARE * allWork) break;
    if (kept + weights(node) > MAX_SHARE * allWeights) continue;
    spent += work;
    kept += weights(node);
    found.set(node, reason);
  }
  return found;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

/** Weights that the model stores for a node. */
function weights(node: Node): number {
  const spec = linearSpec(node);
  const tensor = spec && node.inputs[spec.weight]?.initializer;
  return tensor ? elementCount(tensor.dims) : 0;
}

const readers = ({ outputs }: Node): readonly Node[] =>
  outputs.flatMap(output => [...(output?.uses ?? [])].map(use => use.node));
const writers = ({ inputs }: Node): readonly Node[] => inputs.flatMap(input => input?.producer ?? []);

/** What a body computes is not followed: it counts as one. */
function meetsDotProduct(
  start: Node,
  next: (node: Node) => readonly Node[],
  main: ReadonlySet<Node>,
): boolean {
  const seen = new Set<Node>([start]);
  for (const node of seen)
    for (const found of next(node)) {
      if (linearSpec(found) || !main.has(found) || subgraphsOf(found).length > 0) return true;
      seen.add(found);
    }
  return false;
}

/**
 * Of one sample, with dimensions that are not known taken for 1; undefined where a convolution's are not known.
 * Each weight is used once for every position of the output (of the input, under a transposed convolution).
 */
function multiplications(node: Node): number | undefined {
  const spec = linearSpec(node);
  const weight = spec && node.inputs[spec.weight]?.dims;
  if (!weight) return undefined;
  const [positions] = node.opType === 'ConvTranspose' ? node.inputs : node.outputs;
  const isConvolution = !spec.floatOutput;
  const dims = isConvolution ? positions?.dims?.slice(2) : positions?.dims?.slice(1, -1);
  if (isConvolution && !dims?.every(dim => typeof dim === 'number')) return undefined;
  const known = (all: readonly Dim[]): number =>
    elementCount(all.map(dim => (typeof dim === 'number' ? dim : 1)));
  return known(weight) * known(dims ?? []);
}
