/** Sum, Mean, Max, Min, Prod, Argmax over axes. */
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import type { LayerCall, LayerFamily, LayerSpec } from '../layers/layer.ts';
import { asFloat, axisOf } from '../shapes.ts';
import { tensorArgument } from './operands.ts';

const reduce = (opType: string): LayerSpec => ({
  masking: 'stop',
  emit: call => reduceOver(call, opType, asFloat(call, tensorArgument(call, 0, 'x'))),
});

function reduceOver(call: LayerCall, opType: string, input: KerasTensor): KerasTensor {
  const { builder: b, fields, layouts } = call;
  const all = input.shape.map((_, axis) => axis);
  const axes = fields.has('axis') ? fields.intList('axis').map(axis => axisOf(call, axis, input.rank)) : all;
  const keep = fields.bool('keepdims', false);
  const value = b.op(opType, [layouts.plain(input), b.ints(axes)], { keepdims: attr.int(keep ? 1 : 0) });
  const shape = input.shape.flatMap((dim, axis) => (axes.includes(axis) ? (keep ? [1] : []) : [dim]));
  return new KerasTensor(value, shape);
}

const argument = (opType: string): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b, fields, layouts } = call;
    const input = asFloat(call, tensorArgument(call, 0, 'x'));
    if (!fields.has('axis')) throw call.refuse('it has no axis.', 'Give it an axis.');
    const axis = axisOf(call, fields.int('axis', { min: -input.rank }), input.rank);
    const keep = fields.bool('keepdims', false);
    const value = b.op(opType, [layouts.plain(input)], {
      axis: attr.int(axis),
      keepdims: attr.int(keep ? 1 : 0),
    });
    const shape = input.shape.flatMap((dim, at) => (at === axis ? (keep ? [1] : []) : [dim]));
    return new KerasTensor(b.cast(value, 'int32'), shape, { dtype: 'int32' });
  },
});

/** Over booleans, by way of numbers: onnxruntime reduces no bool. */
const logical = (opType: string): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder } = call;
    const input = tensorArgument(call, 0, 'x');
    const number = new KerasTensor(builder.cast(input.value, 'float32'), input.shape, {
      layout: input.layout,
    });
    const { value, shape } = reduceOver(call, opType, number);
    return new KerasTensor(builder.cast(value, 'bool'), shape, { dtype: 'bool' });
  },
});

export const reductions: LayerFamily = {
  id: 'reductions',
  layers: {
    Sum: reduce('ReduceSum'),
    Mean: reduce('ReduceMean'),
    Max: reduce('ReduceMax'),
    Min: reduce('ReduceMin'),
    Prod: reduce('ReduceProd'),
    Amax: reduce('ReduceMax'),
    Amin: reduce('ReduceMin'),
    Any: logical('ReduceMax'),
    All: logical('ReduceMin'),
    Argmax: argument('ArgMax'),
    Argmin: argument('ArgMin'),
  },
};
