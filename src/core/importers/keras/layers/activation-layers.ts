/** Activations as layers: Activation, ReLU, LeakyReLU, PReLU, ELU, ThresholdedReLU, Softmax. */
import type { Value } from '../../../ir/value.ts';
import {
  activate,
  applyActivation,
  elu,
  leakyRelu,
  leakySlope,
  reluOf,
  softmaxAlong,
} from '../activations.ts';
import { attr } from '../graph/builder.ts';
import { KerasTensor } from '../graph/keras-tensor.ts';
import { normalizeAxis } from '../graph/layout.ts';
import { asFloat, settled, staticDims } from '../shapes.ts';
import { maskedWeights } from './attention-mask.ts';
import type { LayerCall, LayerFamily, LayerSpec } from './layer.ts';
import { NO_VARIABLES } from './layer.ts';

const function_: LayerSpec = {
  masking: 'pass',
  emit: call => activate(call, asFloat(call, call.input)),
};

const relu: LayerSpec = {
  masking: 'pass',
  emit: call => applyActivation(call, asFloat(call, call.input), reluOf(call.fields)),
};

const leaky: LayerSpec = {
  masking: 'pass',
  emit: call => applyActivation(call, asFloat(call, call.input), leakyRelu(leakySlope(call.fields))),
};

const eluLayer: LayerSpec = {
  masking: 'pass',
  emit: call => applyActivation(call, asFloat(call, call.input), elu(call.fields.number('alpha', 1))),
};

/** Keras 2 only: x where x > theta, else 0. */
const thresholded: LayerSpec = {
  masking: 'pass',
  emit: call =>
    applyActivation(call, asFloat(call, call.input), ({ builder, value }) =>
      builder.op('ThresholdedRelu', [value], { alpha: attr.float(call.fields.number('theta', 1)) }),
    ),
};

const prelu: LayerSpec = {
  masking: 'pass',
  variables: () => [{ id: 'alpha' }],
  emit(call) {
    const input = settled(call, asFloat(call, call.input));
    const shared = new Set(call.fields.has('shared_axes') ? call.fields.intList('shared_axes') : []);
    const dims = staticDims(
      call,
      input.shape.slice(1).map((dim, index) => (shared.has(index + 1) ? 1 : dim)),
    );
    return call.layouts.elementwise([input], input.shape, ([value], layout) => {
      const slope = call.layouts.constant(call.weight('alpha', dims), dims, input.rank, layout, 'alpha');
      return call.builder.op('PRelu', [value, slope]);
    });
  },
};

const softmax: LayerSpec = {
  masking: 'pass',
  variables: () => NO_VARIABLES,
  emit(call) {
    const input = asFloat(call, call.input);
    const mask = call.args[1] ?? call.kwargs.get('mask');
    if (mask instanceof KerasTensor || input.mask) return maskedSoftmax(call, input, mask);
    const axes = call.fields.intList('axis', [-1]);
    if (axes.length > 1) return jointSoftmax(call, input, axes);
    return applyActivation(call, input, operand => softmaxAlong(operand, axes[0] ?? -1));
  },
};

/** exp(x - log sum exp x) over several axes at once. */
function jointSoftmax(call: LayerCall, input: KerasTensor, axes: readonly number[]): KerasTensor {
  const { builder: b, layouts } = call;
  const x = layouts.plain(input);
  const all = b.ints(axes.map(axis => normalizeAxis(axis, input.rank)));
  const total = b.op('ReduceLogSumExp', [x, all], { keepdims: attr.int(1) });
  return new KerasTensor(b.op('Exp', [b.op('Sub', [x, total])]), input.shape);
}

function maskedSoftmax(call: LayerCall, input: KerasTensor, argument: unknown): KerasTensor {
  const { builder: b, layouts, fields } = call;
  const axis = fields.intList('axis', [-1])[0] ?? -1;
  if (normalizeAxis(axis, input.rank) !== input.rank - 1)
    throw call.refuse('it is masked and not over the last axis.', 'Use the last axis.');
  const keep: Value =
    argument instanceof KerasTensor ? b.cast(layouts.plain(argument), 'bool') : (input.mask as Value);
  return new KerasTensor(maskedWeights(call, layouts.plain(input), keep, true), input.shape);
}

export const activationLayers: LayerFamily = {
  id: 'activations',
  layers: {
    Activation: function_,
    ReLU: relu,
    LeakyReLU: leaky,
    ELU: eluLayer,
    ThresholdedReLU: thresholded,
    PReLU: prelu,
    Softmax: softmax,
  },
};
