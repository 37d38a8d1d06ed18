/** Rescaling and Normalization: y = x * scale + offset, by numbers of the config or statistics that were learnt. */

import type { Fields } from '../config/fields.ts';
import type { Json } from '../config/json.ts';
import { isList, isObject, own } from '../config/json.ts';
import type { KerasTensor } from '../graph/keras-tensor.ts';
import { asFloat, axisOf, known, settled } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { NO_VARIABLES } from './layer.ts';

const rescaling: LayerSpec = {
  masking: 'pass',
  emit(call) {
    const input = settled(call, asFloat(call, call.input));
    const scale = numbers(call.fields, 'scale', [1]);
    const offset = numbers(call.fields, 'offset', [0]);
    return line(call, input, scale, offset, [input.rank - 1]);
  },
};

/** (x - mean) / max(sqrt(variance), 1e-7), each over the axes that are kept apart. */
const normalization: LayerSpec = {
  masking: 'stop',
  variables: fields =>
    fields.has('mean')
      ? NO_VARIABLES
      : [
          { id: 'mean', frozen: true },
          { id: 'variance', frozen: true },
          { id: 'count', frozen: true },
        ],
  emit(call) {
    const { fields } = call;
    const input = settled(call, asFloat(call, call.input));
    const axes = keptAxes(call, input);
    const dims = axes.map(axis => known(call, input.shape[axis], `axis ${axis}`));
    const mean = fields.has('mean') ? numbers(fields, 'mean', []) : [...call.weight('mean', dims)];
    const variance = fields.has('variance')
      ? numbers(fields, 'variance', [])
      : [...call.weight('variance', dims)];
    const deviation = variance.map(value => Math.max(Math.sqrt(value), 1e-7));
    const shared = (values: readonly number[], index: number) =>
      values[values.length === 1 ? 0 : index] as number;
    if (fields.bool('invert', false)) return line(call, input, deviation, mean, axes);
    const scale = deviation.map(value => 1 / value);
    const count = Math.max(mean.length, scale.length);
    const offset = Array.from({ length: count }, (_, index) => -shared(mean, index) * shared(scale, index));
    return line(call, input, scale, offset, axes);
  },
};

/** ConvNeXt's x * gamma, a number for each feature. */
const layerScale: LayerSpec = {
  masking: 'stop',
  variables: () => [{ id: 'gamma' }],
  emit(call) {
    const input = settled(call, asFloat(call, call.input));
    const gamma = call.weight('gamma', [call.fields.int('projection_dim', { min: 1 })]);
    return line(call, input, [...gamma], [0], [input.rank - 1]);
  },
};

function keptAxes(call: LayerCall, input: KerasTensor): readonly number[] {
  const json = call.fields.json('axis');
  if (json === null) return [];
  const axes = call.fields.intList('axis', [-1]).map(axis => axisOf(call, axis, input.rank));
  return [...new Set(axes)].sort((p, q) => p - q);
}

/** x * scale + offset; each is one number or one for each position along the axes. */
function line(
  call: LayerCall,
  input: KerasTensor,
  scale: readonly number[],
  offset: readonly number[],
  axes: readonly number[],
): KerasTensor {
  const { builder: b, layouts } = call;
  const first = axes[0] ?? input.rank;
  const spread = input.shape
    .slice(first)
    .map((dim, index) => (axes.includes(index + first) ? (dim as number) : 1));
  const total = spread.reduce((a, dim) => a * dim, 1);
  for (const [field, values] of [
    ['scale', scale],
    ['offset', offset],
  ] as const)
    if (values.length !== 1 && values.length !== total)
      throw call.fields.bad(field, `holds ${values.length} numbers for ${total} positions`);
  return layouts.elementwise([input], input.shape, ([value], layout) => {
    const constant = (values: readonly number[], name: string) =>
      values.length === 1
        ? b.scalar(values[0] as number)
        : layouts.constant(Float32Array.from(values), spread, input.rank, layout, name);
    const still = (values: readonly number[], neutral: number) => values.every(v => v === neutral);
    const scaled = still(scale, 1) ? value : b.op('Mul', [value, constant(scale, 'scale')]);
    return (still(offset, 0) ? scaled : b.op('Add', [scaled, constant(offset, 'offset')])) as NonNullable<
      typeof value
    >;
  });
}

/** A number, a nested list of numbers or a serialized array. */
function numbers(fields: Fields, field: string, fallback: readonly number[]): readonly number[] {
  const flat = (json: Json | undefined): readonly number[] => {
    if (typeof json === 'number') return [json];
    if (isList(json)) return json.flatMap(flat);
    const config = isObject(json) ? own(json, 'config') : undefined;
    if (isObject(config)) return flat(own(config, 'value'));
    throw fields.bad(field, 'must hold numbers');
  };
  const json = fields.json(field) ?? null;
  return json === null ? fallback : flat(json);
}

export const scalingLayers: LayerFamily = {
  id: 'scaling',
  layers: { Rescaling: rescaling, Normalization: normalization, LayerScale: layerScale },
};
