/**
 * What each operator does to the scale of a channel. A rule joins, links, or returns the reason why it cannot; the
 * caller then freezes all that the node reads and writes. An operator without a rule freezes.
 *
 * Homogeneous operators, f(s x) = s f(x) for s > 0, let it through: Relu, LeakyRelu, pooling, moving elements.
 * A Clip with an upper end does not: its bound would have to differ by channel.
 */
import type { Graph } from '../../../ir/graph.ts';
import type { Node } from '../../../ir/node.ts';
import type { Value } from '../../../ir/value.ts';
import { operatorSpec } from '../../../ops/index.ts';
import type { ChannelClasses } from './channel-classes.ts';
import type { ConstantLink, WeightLink } from './channel-graph.ts';
import { BIAS, weightView } from './weight-view.ts';

interface Context {
  readonly graph: Graph;
  readonly classes: ChannelClasses;
  readonly weights: WeightLink[];
  readonly constants: ConstantLink[];
}
type Rule = (node: Node, context: Context) => string | undefined;

const LAST = (value: Value): number => (value.dims?.length ?? 0) - 1;
const fromEnd = (value: Value, axis: number): number => (value.dims?.length ?? 0) - axis;

function linear(axisOf: (value: Value) => number): Rule {
  return (node, { graph, classes, weights, constants }) => {
    const [data, , bias] = node.inputs;
    const [output] = node.outputs;
    const view = weightView(node, graph);
    if (!view || !data?.dims || !output?.dims || data.initializer)
      return `${node.qualifiedType} without a constant weight of its own`;
    if (bias && (bias.initializer?.dtype !== 'float32' || bias.uses.size > 1))
      return `${node.qualifiedType} whose bias is no constant of its own`;
    const reads = classes.of(data, axisOf(data), view.inputs);
    const writes = classes.of(output, axisOf(output), view.outputs);
    if (!reads || !writes) return 'its channels are read along two axes';
    weights.push({ view, reads, writes });
    if (bias) constants.push({ node, input: BIAS, fromEnd: 1, writes });
    return undefined;
  };
}

/** One input, one output, the same channels. */
const through: Rule = (node, { classes }) => {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const channels = classes.known(input);
  if (!input || !output || !channels || node.outputs.some((each, i) => i > 0 && each))
    return notFollowed(node);
  if (output.dims?.length !== input.dims?.length || output.dims?.[channels.axis] !== channels.count)
    return notFollowed(node);
  const written = classes.of(output, channels.axis, channels.count);
  if (written) classes.joinAll(channels, written);
  return written ? undefined : notFollowed(node);
};

const notFollowed = (node: Node): string => `the channels are not followed through ${node.qualifiedType}`;

/** Where the operator's own check finds nothing against it (padding with other numbers than zero, overshooting). */
const movement: Rule = (node, context) => {
  const spec = operatorSpec(node);
  const reason = spec && spec.role === 'movement' ? spec.check?.(node) : undefined;
  return reason ? reason.text : through(node, context);
};

const clip: Rule = (node, context) => {
  const spec = operatorSpec(node);
  const bounds = spec?.role === 'clip' ? spec.bounds(node) : undefined;
  const scaleFree = bounds && (bounds.min === 0 || bounds.min === Number.NEGATIVE_INFINITY);
  return scaleFree && bounds.max === Number.POSITIVE_INFINITY
    ? through(node, context)
    : `${node.opType} between other bounds than 0 and infinity is not the same on scaled channels`;
};

/** x + y or x - y of equal channels, or x plus a constant that is scaled along. */
const sum: Rule = (node, { classes, constants }) => {
  const [output] = node.outputs;
  const at = node.inputs.findIndex(value => value?.initializer);
  if (!output || node.inputs.length !== 2) return notFollowed(node);
  if (at >= 0) {
    const data = node.inputs[1 - at];
    const channels = classes.known(data);
    const written = channels && sameShape(data, output) && classes.of(output, channels.axis, channels.count);
    if (!written || !isFloatConstant(node, at, output)) return notFollowed(node);
    classes.joinAll(channels, written);
    constants.push({ node, input: at, fromEnd: fromEnd(output, written.axis), writes: written });
    return undefined;
  }
  const [a, b] = node.inputs.map(value => classes.known(value));
  const alike = a && b && a.axis === b.axis && a.count === b.count;
  if (!alike || node.inputs.some(value => value?.dims?.length !== output.dims?.length))
    return notFollowed(node);
  const written = classes.of(output, a.axis, a.count);
  if (!written) return notFollowed(node);
  classes.joinAll(a, written);
  classes.joinAll(b, written);
  return undefined;
};

/** x times a constant: the constant takes any difference between the scales of both sides. */
const factor: Rule = (node, { classes, constants }) => {
  const [output] = node.outputs;
  const at = node.inputs.findIndex(value => value?.initializer);
  const data = node.inputs[1 - at];
  if (at < 0 || !output || !data || !sameShape(data, output) || !isFloatConstant(node, at, output))
    return notFollowed(node);
  // The axis is that of its input, or the last one, where matrix products read.
  const known = classes.known(data);
  const axis = known?.axis ?? LAST(data);
  const count = known?.count ?? output.dims?.[axis];
  if (typeof count !== 'number') return notFollowed(node);
  const reads = known ?? classes.of(data, axis, count);
  const writes = classes.of(output, axis, count);
  if (!reads || !writes) return notFollowed(node);
  constants.push({ node, input: at, fromEnd: fromEnd(output, axis), writes, reads });
  return undefined;
};

/** The scale and bias of a normalization over the last axis write its channels; what it reads stays. */
const normalization: Rule = (node, { classes, constants }) => {
  const [data, scale, bias] = node.inputs;
  const [output] = node.outputs;
  const count = scale?.initializer?.dims.length === 1 ? scale.initializer.dims[0] : undefined;
  const axis = node.int('axis', -1);
  if (!data?.dims || !output?.dims || count === undefined || (axis !== -1 && axis !== LAST(data)))
    return notFollowed(node);
  const own = [scale, bias].every(
    value => !value || (value.initializer?.dtype === 'float32' && value.uses.size === 1),
  );
  if (!own || node.outputs.some((each, i) => i > 0 && each)) return notFollowed(node);
  classes.freeze(data, `${node.qualifiedType} undoes the scale of what it reads`);
  const writes = classes.of(output, LAST(output), count);
  if (!writes) return notFollowed(node);
  for (const input of bias ? [1, 2] : [1]) constants.push({ node, input, fromEnd: 1, writes });
  return undefined;
};

const concat: Rule = (node, { classes }) => {
  const [output] = node.outputs;
  const parts = node.inputs.map(value => classes.known(value));
  const [first] = parts;
  if (!output?.dims || !first || !parts.every(part => part && part.axis === first.axis))
    return notFollowed(node);
  const rank = output.dims.length;
  const axis = node.int('axis', 0);
  const along = (axis < 0 ? axis + rank : axis) === first.axis;
  const counts = parts.map(part => part?.count ?? 0);
  if (!along && counts.some(count => count !== first.count)) return notFollowed(node);
  const written = classes.of(output, first.axis, along ? counts.reduce((a, b) => a + b, 0) : first.count);
  if (!written) return notFollowed(node);
  let at = written.first;
  for (const part of parts) {
    for (let c = 0; c < (part?.count ?? 0); c++) classes.join(part!.first + c, at + c);
    if (along) at += part?.count ?? 0;
  }
  return undefined;
};

/** [N, C, spatial] to [N, C * spatial]: the elements of a channel become neighbours. */
const flatten: Rule = (node, { classes }) => {
  const [input] = node.inputs;
  const [output] = node.outputs;
  const channels = classes.known(input);
  const [, ...rest] = input?.dims ?? [];
  const [, width, ...more] = output?.dims ?? [];
  const each = rest.reduce<number>(
    (product, dim) => product * (typeof dim === 'number' ? dim : Number.NaN),
    1,
  );
  if (!output || channels?.axis !== 1 || more.length > 0 || width !== each) return notFollowed(node);
  const written = classes.of(output, 1, width);
  if (!written) return notFollowed(node);
  const inner = width / channels.count;
  for (let i = 0; i < width; i++) classes.join(channels.first + Math.floor(i / inner), written.first + i);
  return undefined;
};

const transpose: Rule = (node, { classes }) => {
  const channels = classes.known(node.inputs[0]);
  const axis = channels && node.ints('perm')?.indexOf(channels.axis);
  const [output] = node.outputs;
  if (!channels || !output || axis === undefined || axis < 0) return notFollowed(node);
  const written = classes.of(output, axis, channels.count);
  if (!written) return notFollowed(node);
  classes.joinAll(channels, written);
  return undefined;
};

/** Reads shapes alone. */
const shape: Rule = () => undefined;

function sameShape(a: Value | undefined, b: Value): boolean {
  return (
    a?.dims !== undefined && a.dims.length === b.dims?.length && a.dims.every((dim, i) => dim === b.dims?.[i])
  );
}

function isFloatConstant(node: Node, at: number, output: Value): boolean {
  const value = node.inputs[at];
  const tensor = value?.initializer;
  return tensor?.dtype === 'float32' && tensor.dims.length <= (output.dims?.length ?? 0);
}

export const RULES: Readonly<Record<string, Rule>> = {
  Conv: linear(() => 1),
  ConvTranspose: linear(() => 1),
  Gemm: linear(() => 1),
  MatMul: linear(LAST),
  Relu: through,
  LeakyRelu: through,
  Abs: through,
  Identity: through,
  MaxPool: through,
  AveragePool: through,
  GlobalAveragePool: through,
  GlobalMaxPool: through,
  Resize: movement,
  Pad: movement,
  Clip: clip,
  Add: sum,
  Sub: sum,
  Mul: factor,
  LayerNormalization: normalization,
  RMSNormalization: normalization,
  SimplifiedLayerNormalization: normalization,
  Concat: concat,
  Flatten: flatten,
  Reshape: flatten,
  Squeeze: flatten,
  Transpose: transpose,
  Shape: shape,
};
