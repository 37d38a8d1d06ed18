/**
 * Merging layers: Add, Subtract, Multiply, Average, Maximum, Minimum, Concatenate, Dot.
 *
 * Keras broadcasts inputs of different rank from the batch on (new axes stand behind the batch), not from the right as
 * NumPy. Source: keras/src/layers/merging/base_merge.py.
 */
import type { Value } from '../../../ir/value.ts';
import type { GraphBuilder } from '../graph/builder.ts';
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { axisIn, broadcast } from '../graph/layout.ts';
import { arithmetic } from '../operations/arithmetic.ts';
import { asFloat, axisOf, settled } from '../shapes.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { l2Normalize } from './normalization.ts';

type Fold = (builder: GraphBuilder, values: readonly Value[]) => Value;

const chain =
  (opType: string): Fold =>
  (builder, [first, ...rest]) =>
    rest.reduce((sum, value) => builder.op(opType, [sum, value]), first as Value);

const whole =
  (opType: string): Fold =>
  (builder, values) =>
    builder.op(opType, values);

const average: Fold = (builder, values) =>
  builder.op('Mul', [chain('Add')(builder, values), builder.scalar(1 / values.length)]);

const merge = (fold: Fold, count?: number): LayerSpec => ({
  masking: 'own',
  emit(call) {
    // An .h5 of Keras 3 names the operation of `x + y` as it names the layer.
    const operation = arithmetic.layers[call.layer.className];
    if (operation && call.args.length === 2 && !Array.isArray(call.args[0])) return operation.emit(call);
    if (call.inputs.length < 2 || (count !== undefined && call.inputs.length !== count))
      throw call.fields.bad(
        'inbound_nodes',
        `it takes ${count ?? 'at least 2'} inputs, not ${call.inputs.length}`,
      );
    const integer = call.inputs.every(({ dtype }) => dtype !== 'float32');
    const same = integer && new Set(call.inputs.map(({ dtype }) => dtype)).size === 1;
    const inputs = aligned(call, same ? call.inputs : call.inputs.map(input => asFloat(call, input)));
    const shape = broadcast(inputs.map(input => input.shape));
    const dtype = same ? (inputs[0] as KerasTensor).dtype : 'float32';
    const merged = call.layouts.elementwise(inputs, shape, values => fold(call.builder, values));
    return new KerasTensor(merged.value, shape, { dtype, layout: merged.layout, mask: mergedMask(call) });
  },
});

/** Inputs of one rank: a lower one gets axes behind its batch. */
function aligned(call: LayerCall, inputs: readonly KerasTensor[]): readonly KerasTensor[] {
  const rank = Math.max(...inputs.map(input => input.rank));
  return inputs.map(input => {
    const tensor = settled(call, input);
    if (tensor.rank === rank) return tensor;
    const axes = Array.from({ length: rank - tensor.rank }, (_, index) => index + 1);
    const [batch = null, ...rest] = tensor.shape;
    const value = call.builder.op('Unsqueeze', [call.layouts.plain(tensor), call.builder.ints(axes)]);
    return new KerasTensor(value, [batch, ...axes.map(() => 1), ...rest], { dtype: tensor.dtype });
  });
}

/** The mask of a merge: Keras 3 counts a step that counts in any input, Keras 2 one that counts in all. */
function joined(call: LayerCall, masks: readonly Value[]): Value | undefined {
  const opType = call.version.major < 3 ? 'And' : 'Or';
  return masks.reduce<Value | undefined>(
    (all, mask) => (all === undefined || all === mask ? mask : call.builder.op(opType, [all, mask])),
    undefined,
  );
}

function mergedMask(call: LayerCall): Value | undefined {
  const masks = call.inputs.flatMap(({ mask }) => mask ?? []);
  return masks.length === call.inputs.length ? joined(call, masks) : undefined;
}

/** Behind a concatenation of features a step is masked as in a merge; one of steps concatenates the masks too. */
function concatenatedMask(call: LayerCall, axis: number, rank: number): Value | undefined {
  const masks = call.inputs.flatMap(({ mask }) => mask ?? []);
  if (masks.length === 0) return undefined;
  if (axis === rank - 1)
    return call.version.major < 3 || masks.length === call.inputs.length ? joined(call, masks) : undefined;
  if (axis === 1 && masks.length === call.inputs.length)
    return call.builder.op('Concat', masks, { axis: attr.int(1) });
  throw call.refuse('it joins masked and unmasked inputs along the steps, which is not supported.');
}

const concatenate: LayerSpec = {
  masking: 'own',
  emit(call) {
    const integer = new Set(call.inputs.map(({ dtype }) => dtype));
    const inputs = (integer.size === 1 ? call.inputs : call.inputs.map(input => asFloat(call, input))).map(
      input => settled(call, input),
    );
    const rank = call.input.rank;
    const axis = axisOf(call, call.fields.int('axis', { min: -rank, fallback: -1 }), rank);
    const shape = (inputs[0] as KerasTensor).shape.map((dim, index) => {
      const dims = inputs.map(input => input.shape[index] ?? null);
      if (index !== axis) return dims.find(other => other !== null) ?? dim;
      return dims.some(other => other === null)
        ? null
        : dims.reduce((sum: number, other) => sum + (other ?? 0), 0);
    });
    const layout = call.layouts.common(inputs);
    const values = inputs.map(input => call.layouts.in(input, layout));
    const value = call.builder.op('Concat', values, { axis: attr.int(axisIn(layout, axis, rank)) });
    const mask = concatenatedMask(call, axis, rank);
    return new KerasTensor(value, shape, { dtype: (inputs[0] as KerasTensor).dtype, layout, mask });
  },
};

/** Contraction of one axis of each input, over the batch. */
const dot: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const { builder: b, layouts, inputs, fields } = call;
    const [left, right] = inputs.map(input => asFloat(call, input));
    if (!left || !right || inputs.length !== 2) throw fields.bad('inbound_nodes', 'it takes 2 inputs');
    const [p = 0, q = 0] = fields.ints('axes', 2, { min: -left.rank });
    const [axisLeft, axisRight] = [axisOf(call, p, left.rank, 'axes'), axisOf(call, q, right.rank, 'axes')];
    const normal = fields.bool('normalize', false);
    const unit = (value: Value, axis: number) => (normal ? l2Normalize(call, value, b.ints([axis])) : value);
    const x = unit(layouts.plain(left), axisLeft);
    const y = unit(layouts.plain(right), axisRight);
    // [N, ...rest, K] x [N, K, ...rest]: Einsum names the axes, and onnxruntime turns it into MatMul.
    const lettersLeft = left.shape.map((_, axis) =>
      axis === 0 ? 'n' : axis === axisLeft ? 'k' : 'abcdefg'[axis],
    );
    const lettersRight = right.shape.map((_, axis) =>
      axis === 0 ? 'n' : axis === axisRight ? 'k' : 'pqrstuv'[axis],
    );
    const kept = [...lettersLeft, ...lettersRight.slice(1)].filter(letter => letter !== 'k');
    const shape = [
      left.shape[0] ?? null,
      ...left.shape.filter((_, axis) => axis > 0 && axis !== axisLeft),
      ...right.shape.filter((_, axis) => axis > 0 && axis !== axisRight),
    ];
    if (shape.length === 1) {
      const sum = b.op('ReduceSum', [b.op('Mul', [x, y]), b.ints([1])], { keepdims: attr.int(1) });
      return new KerasTensor(sum, [...shape, 1]);
    }
    const equation = `${lettersLeft.join('')},${lettersRight.join('')}->${kept.join('')}`;
    return new KerasTensor(b.op('Einsum', [x, y], { equation: attr.text(equation) }), shape);
  },
};

export const mergingLayers: LayerFamily = {
  id: 'merging',
  layers: {
    Add: merge(chain('Add')),
    Subtract: merge(chain('Sub'), 2),
    Multiply: merge(chain('Mul')),
    Average: merge(average),
    Maximum: merge(whole('Max')),
    Minimum: merge(whole('Min')),
    Concatenate: concatenate,
    Dot: dot,
  },
};
