/** Operations of one operand: numpy's functions, activations of keras.ops.nn, Clip and Cast. */
import type { Value } from '../../../ir/value.ts';
import type { DType } from '../../../tensor/dtype.ts';
import type { Activation } from '../activations.ts';
import {
  activationByName,
  applyActivation,
  clip,
  elu,
  gelu,
  leakyRelu,
  softmaxAlong,
} from '../activations.ts';
import type { Fields } from '../config/fields.ts';
import { KerasTensor, PLAIN } from '../graph/keras-tensor.ts';
import type { LayerFamily, LayerSpec } from '../layers/layer.ts';
import { asFloat, settled } from '../shapes.ts';
import { argument, tensorArgument } from './operands.ts';

const floats = (activation: (fields: Fields) => Activation): LayerSpec => ({
  masking: 'stop',
  emit: call => applyActivation(call, asFloat(call, tensorArgument(call, 0, 'x')), activation(call.fields)),
});

const node = (opType: string): LayerSpec =>
  floats(
    () =>
      ({ builder, value }) =>
        builder.op(opType, [value]),
  );

/** An activation of activations.ts, by Keras's own name for it. */
const named = (name: string): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const input = asFloat(call, tensorArgument(call, 0, 'x'));
    return applyActivation(call, input, activationByName(name, call.layer.path, call.version));
  },
});

/** Keeps integers. */
const any = (opType: string): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const input = tensorArgument(call, 0, 'x');
    return new KerasTensor(call.builder.op(opType, [input.value]), input.shape, {
      ...input,
      mask: undefined,
    });
  },
});

const clipped: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const low = Number(call.fields.json('x_min') ?? argument(call, 1, 'x_min'));
    const high = Number(call.fields.json('x_max') ?? argument(call, 2, 'x_max'));
    if (Number.isNaN(low) || Number.isNaN(high)) throw call.refuse('its limits are not numbers.');
    return applyActivation(call, asFloat(call, tensorArgument(call, 0, 'x')), ({ builder, value }) =>
      clip(builder, value, low, high),
    );
  },
};

const TARGETS: readonly DType[] = ['float32', 'int32', 'int64', 'bool', 'uint8', 'int8', 'float16'];

const cast: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const wished = call.fields.json('dtype') ?? argument(call, 1, 'dtype');
    const target = TARGETS.find(type => type === wished);
    if (!target) throw call.refuse(`it casts to ${String(wished)}, which is not supported.`);
    const input = tensorArgument(call, 0, 'x');
    const dtype = target === 'float16' ? 'float32' : target;
    const value = input.dtype === dtype ? input.value : call.builder.cast(input.value, dtype);
    return new KerasTensor(value, input.shape, { ...input, dtype });
  },
};

const softmaxOp = (opType: string): LayerSpec =>
  floats(fields => operand => softmaxAlong(operand, fields.int('axis', { min: -8, fallback: -1 }), opType));

const square: LayerSpec = floats(
  () =>
    ({ builder, value }) =>
      builder.op('Mul', [value, value]),
);
const rsqrt: LayerSpec = floats(
  () =>
    ({ builder: b, value }) =>
      b.op('Reciprocal', [b.op('Sqrt', [value])]),
);

const not: LayerSpec = {
  masking: 'stop',
  emit(call) {
    const input = settled(call, tensorArgument(call, 0, 'x'));
    const value: Value = input.dtype === 'bool' ? input.value : call.builder.cast(input.value, 'bool');
    return new KerasTensor(call.builder.op('Not', [value]), input.shape, {
      layout: input.layout ?? PLAIN,
      dtype: 'bool',
    });
  },
};

/** A tensor of the operand's shape that holds one number everywhere. */
const filled = (number: 0 | 1): LayerSpec => ({
  masking: 'stop',
  emit(call) {
    const { builder: b, fields } = call;
    const input = tensorArgument(call, 0, 'x');
    const wished = fields.json('dtype') ?? argument(call, 1, 'dtype') ?? input.dtype;
    const dtype = TARGETS.find(type => type === wished);
    if (!dtype) throw call.refuse(`it makes a tensor of type ${String(wished)}, which is not supported.`);
    const floats = b.op('Expand', [b.scalar(number), b.op('Shape', [call.layouts.plain(input)])]);
    return new KerasTensor(dtype === 'float32' ? floats : b.cast(floats, dtype), input.shape, { dtype });
  },
});

export const unaryOperations: LayerFamily = {
  id: 'unary',
  layers: {
    Negative: any('Neg'),
    Absolute: any('Abs'),
    Abs: any('Abs'),
    Square: square,
    Sqrt: node('Sqrt'),
    Rsqrt: rsqrt,
    Reciprocal: node('Reciprocal'),
    Exp: node('Exp'),
    Log: node('Log'),
    Sin: node('Sin'),
    Cos: node('Cos'),
    Floor: node('Floor'),
    Ceil: node('Ceil'),
    Round: node('Round'),
    Sign: node('Sign'),
    Erf: node('Erf'),
    Tanh: node('Tanh'),
    LogicalNot: not,
    ZerosLike: filled(0),
    OnesLike: filled(1),
    Clip: clipped,
    Cast: cast,
    Relu: node('Relu'),
    Relu6: named('relu6'),
    Sigmoid: node('Sigmoid'),
    HardSigmoid: named('hard_sigmoid'),
    Silu: named('silu'),
    HardSilu: named('hard_silu'),
    HardTanh: named('hard_tanh'),
    Selu: named('selu'),
    Softplus: node('Softplus'),
    Softsign: node('Softsign'),
    LogSigmoid: named('log_sigmoid'),
    LeakyRelu: floats(fields => leakyRelu(fields.number('negative_slope', 0.2))),
    Elu: floats(fields => elu(fields.number('alpha', 1))),
    Gelu: floats(fields => gelu(fields.bool('approximate', true))),
    Softmax: softmaxOp('Softmax'),
    LogSoftmax: softmaxOp('LogSoftmax'),
  },
};
