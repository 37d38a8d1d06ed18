/**
 * BatchNormalization, LayerNormalization, GroupNormalization, RMSNormalization, UnitNormalization.
 *
 * A BatchNormalization of a channels-first image stays a node, which onnxruntime folds into the convolution before it;
 * over any other axis it is y = x * s + t with s = gamma / sqrt(variance + epsilon), t = beta - mean * s.
 */
import type { Value } from '../../../ir/value.ts';
import { attr } from '../graph/builder.ts';
import type { Shape } from '../graph/keras-tensor.ts';
import { CHANNELS_FIRST, KerasTensor, product } from '../graph/keras-tensor.ts';
import { asFloat, axisOf, known, settled } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec, Variable } from './layer.ts';

const DEFAULT_EPSILON = 1e-3;

const batchNormalization: LayerSpec = {
  masking: 'pass',
  variables: fields => [
    ...(fields.bool('scale', true) ? [{ id: 'gamma' }] : []),
    ...(fields.bool('center', true) ? [{ id: 'beta' }] : []),
    { id: 'moving_mean', frozen: true },
    { id: 'moving_variance', frozen: true },
    ...(fields.bool('renorm', false) ? RENORM : []),
  ],
  emit(call) {
    const { builder: b, layouts, fields } = call;
    const input = settled(call, asFloat(call, call.input));
    const axes = fields.intList('axis', [-1]);
    const axis = axisOf(call, axes[0] ?? -1, input.rank);
    if (axes.length !== 1)
      throw call.refuse(`it normalizes over the axes [${axes}] together.`, 'Use one axis.');
    const count = known(call, input.shape[axis], `axis ${axis}`);
    const epsilon = fields.number('epsilon', DEFAULT_EPSILON);
    const weights = () => statistics(call, count);
    const firstAxis = axis === 1 && input.layout.kind === 'plain';
    const lastAxis = axis === input.rank - 1 && input.layout.kind === 'channels-first';
    if (firstAxis || lastAxis) {
      const parts = ['gamma', 'beta', 'moving_mean', 'moving_variance'] as const;
      const values = parts.map(part => call.parameter(part, [count], () => weights()[part]));
      const value = b.op('BatchNormalization', [input.value, ...values], { epsilon: attr.float(epsilon) });
      return new KerasTensor(value, input.shape, { layout: lastAxis ? CHANNELS_FIRST : input.layout });
    }
    const spread = [count, ...new Array<number>(input.rank - 1 - axis).fill(1)];
    const { scale, shift } = lineOf(weights(), epsilon);
    return layouts.elementwise([input], input.shape, ([value], layout) => {
      const scaled = b.op('Mul', [value, layouts.constant(scale, spread, input.rank, layout, 'scale')]);
      return b.op('Add', [scaled, layouts.constant(shift, spread, input.rank, layout, 'shift')]);
    });
  },
};

/** State of batch renormalization, which inference does not use. */
const RENORM: readonly Variable[] = ['renorm_mean', 'renorm_stddev'].map(id => ({ id, frozen: true }));

interface Statistics {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly moving_mean: Float32Array;
  readonly moving_variance: Float32Array;
}

function statistics(call: LayerCall, count: number): Statistics {
  const { fields } = call;
  return {
    gamma: fields.bool('scale', true) ? call.weight('gamma', [count]) : new Float32Array(count).fill(1),
    beta: fields.bool('center', true) ? call.weight('beta', [count]) : new Float32Array(count),
    moving_mean: call.weight('moving_mean', [count]),
    moving_variance: call.weight('moving_variance', [count]),
  };
}

function lineOf({ gamma, beta, moving_mean, moving_variance }: Statistics, epsilon: number) {
  const factors = Array.from(gamma, (g, i) => g / Math.sqrt((moving_variance[i] as number) + epsilon));
  const shift = Float32Array.from(
    beta,
    (offset, i) => offset - (moving_mean[i] as number) * (factors[i] as number),
  );
  return { scale: Float32Array.from(factors), shift };
}

const layerNormalization: LayerSpec = {
  masking: 'pass',
  variables: fields => {
    const rms = fields.bool('rms_scaling', false);
    return [
      ...(fields.bool('scale', true) || rms ? [{ id: 'gamma' }] : []),
      ...(fields.bool('center', true) && !rms ? [{ id: 'beta' }] : []),
    ];
  },
  emit(call) {
    const { builder: b, layouts, fields, layer } = call;
    const input = asFloat(call, call.input);
    const x = layouts.plain(input);
    const axes = sortedAxes(call, input.rank);
    const epsilon = fields.number('epsilon', DEFAULT_EPSILON);
    const has = (id: string) => layer.variables.some(variable => variable.id === id);
    const affine = (id: string) => weightOver(call, id, input.shape, axes);
    const first = axes[0] as number;
    const suffix = axes.length === input.rank - first;
    if (suffix && !fields.bool('rms_scaling', false)) {
      const scale = has('gamma') ? affine('gamma') : ones(call, input.shape, axes);
      const inputs = [x, scale, ...(has('beta') ? [affine('beta')] : [])];
      const attributes = { axis: attr.int(first - input.rank), epsilon: attr.float(epsilon) };
      return new KerasTensor(b.op('LayerNormalization', inputs, attributes), input.shape);
    }
    const over = b.ints(axes);
    const keepdims = { keepdims: attr.int(1) };
    const centered = b.op('Sub', [x, b.op('ReduceMean', [x, over], keepdims)]);
    const variance = b.op('ReduceMean', [b.op('Mul', [centered, centered]), over], keepdims);
    const deviation = b.op('Sqrt', [b.op('Add', [variance, b.scalar(epsilon)])]);
    // Keras's rms_scaling divides the uncentered input by the deviation about the mean.
    const unit = b.op('Div', [fields.bool('rms_scaling', false) ? x : centered, deviation]);
    const scaled = has('gamma') ? b.op('Mul', [unit, affine('gamma')]) : unit;
    return new KerasTensor(has('beta') ? b.op('Add', [scaled, affine('beta')]) : scaled, input.shape);
  },
};

/** x / sqrt(mean(x^2) + epsilon) * scale */
const rmsNormalization: LayerSpec = {
  masking: 'stop',
  variables: () => [{ id: 'scale' }],
  emit(call) {
    const { builder: b, layouts, fields } = call;
    const input = asFloat(call, call.input);
    const x = layouts.plain(input);
    const axes = sortedAxes(call, input.rank);
    const mean = b.op('ReduceMean', [b.op('Mul', [x, x]), b.ints(axes)], { keepdims: attr.int(1) });
    const root = b.op('Sqrt', [b.op('Add', [mean, b.scalar(fields.number('epsilon', 1e-6))])]);
    const scaled = b.op('Mul', [b.op('Div', [x, root]), weightOver(call, 'scale', input.shape, axes)]);
    return new KerasTensor(scaled, input.shape);
  },
};

/** Groups of channels are normalized over all positions: an InstanceNormalization of [batch, groups, rest]. */
const groupNormalization: LayerSpec = {
  masking: 'pass',
  variables: fields => [
    ...(fields.bool('scale', true) ? [{ id: 'gamma' }] : []),
    ...(fields.bool('center', true) ? [{ id: 'beta' }] : []),
  ],
  emit(call) {
    const { builder: b, layouts, fields } = call;
    const input = settled(call, asFloat(call, call.input));
    const axis = axisOf(call, fields.int('axis', { min: -input.rank, fallback: -1 }), input.rank);
    if (axis !== input.rank - 1 && axis !== 1)
      throw call.refuse(`it normalizes over axis ${axis}.`, 'Use axis -1 or 1.');
    const channels = known(call, input.shape[axis], 'the channel axis');
    const wished = fields.int('groups', { min: -1, fallback: 32 });
    const groups = wished === -1 ? channels : wished;
    if (groups < 1 || channels % groups !== 0)
      throw fields.bad('groups', `${groups} groups do not divide ${channels} channels`);
    const layout = axis === input.rank - 1 && input.rank > 2 ? CHANNELS_FIRST : input.layout;
    const x = layouts.in(input, layout);
    const spread = b.reshape(x, [0, groups, -1]);
    const unit = [
      b.floats(new Float32Array(groups).fill(1), [groups]),
      b.floats(new Float32Array(groups), [groups]),
    ];
    const epsilon = attr.float(fields.number('epsilon', DEFAULT_EPSILON));
    const normal = b.op('InstanceNormalization', [spread, ...unit], { epsilon });
    const back = b.op('Reshape', [normal, b.op('Shape', [x])]);
    const dims = [channels, ...new Array<number>(input.rank - 2).fill(1)];
    const affine = (id: string) => call.parameter(id, dims, () => call.weight(id, [channels]));
    const scaled = fields.bool('scale', true) ? b.op('Mul', [back, affine('gamma')]) : back;
    const value = fields.bool('center', true) ? b.op('Add', [scaled, affine('beta')]) : scaled;
    return new KerasTensor(value, input.shape, { layout });
  },
};

/** Each vector along the axes at length 1. */
const unitNormalization: LayerSpec = {
  masking: 'pass',
  emit(call) {
    const { builder: b, layouts } = call;
    const input = asFloat(call, call.input);
    const axes = b.ints(sortedAxes(call, input.rank));
    return new KerasTensor(l2Normalize(call, layouts.plain(input), axes), input.shape);
  },
};

/** x / max(|x|, epsilon): keras.ops.normalize (1e-12); tf.nn.l2_normalize of Keras 2 bounds the square instead. */
export function l2Normalize({ builder: b, version }: LayerCall, value: Value, axes: Value): Value {
  const squares = b.op('ReduceSum', [b.op('Mul', [value, value]), axes], { keepdims: attr.int(1) });
  const bounded = b.op('Max', [squares, b.scalar(version.major < 3 ? 1e-12 : 1e-24)]);
  return b.op('Div', [value, b.op('Sqrt', [bounded])]);
}

function sortedAxes(call: LayerCall, rank: number): readonly number[] {
  const axes = call.fields.intList('axis', [-1]).map(axis => axisOf(call, axis, rank));
  return [...new Set(axes)].sort((p, q) => p - q);
}

/** A weight with one length for each axis, spread so that it broadcasts against the input. */
function weightOver(call: LayerCall, id: string, shape: Shape, axes: readonly number[]): Value {
  const dims = axes.map(axis => known(call, shape[axis], `axis ${axis}`));
  const first = axes[0] as number;
  const spread = shape
    .slice(first)
    .map((_, index) => (axes.includes(index + first) ? (shape[index + first] as number) : 1));
  return call.parameter(id, spread, () => call.weight(id, dims));
}

function ones(call: LayerCall, shape: Shape, axes: readonly number[]): Value {
  const dims = axes.map(axis => known(call, shape[axis], `axis ${axis}`));
  return call.parameter('ones', dims, () => new Float32Array(product(dims) ?? 0).fill(1));
}

export const normalizationLayers: LayerFamily = {
  id: 'normalization',
  layers: {
    BatchNormalization: batchNormalization,
    BatchNormalizationV1: batchNormalization,
    BatchNormalizationV2: batchNormalization,
    SyncBatchNormalization: batchNormalization,
    LayerNormalization: layerNormalization,
    RMSNormalization: rmsNormalization,
    GroupNormalization: groupNormalization,
    UnitNormalization: unitNormalization,
  },
};
