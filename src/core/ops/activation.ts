/** Activation functions: those that cut off, those with an 8-bit lookup table in onnxruntime, and the rest. */

import type { Node } from '../ir/node.ts';
import { elements } from '../tensor/tensor.ts';
import { type ArithmeticSpec, type FloatSpec, firstInput, type OperatorFamily } from './operator.ts';

const lookup: ArithmeticSpec = { role: 'arithmetic', inputs: firstInput };
const float = (name: string): FloatSpec => ({
  role: 'float',
  why: `${name} is computed in float: onnxruntime has no 8-bit kernel for it on CPUs`,
});

/** Clip takes its bounds as inputs from opset 11 on and as attributes before. */
function clipBound(node: Node, index: number, attribute: string, fallback: number): number | undefined {
  const value = node.inputs[index];
  if (!value) return node.float(attribute, fallback);
  if (value.initializer?.dtype !== 'float32') return undefined;
  return elements(value.initializer, 'float32')[0];
}

export const activation: OperatorFamily = {
  id: 'activation',
  operators: {
    Relu: { role: 'clip', bounds: () => ({ min: 0, max: Number.POSITIVE_INFINITY }) },
    Clip: {
      role: 'clip',
      bounds: node => {
        const min = clipBound(node, 1, 'min', Number.NEGATIVE_INFINITY);
        const max = clipBound(node, 2, 'max', Number.POSITIVE_INFINITY);
        return min === undefined || max === undefined ? undefined : { min, max };
      },
    },
    LeakyRelu: lookup,
    Sigmoid: { ...lookup, fixedRange: { min: 0, max: 1 } },
    Tanh: float('Tanh'),
    // QLinearSoftmax: five times as slow as float on the CPU it was tried on, and 24 dB on scores of deviation 1.4.
    Softmax: {
      role: 'float',
      why: 'Softmax is computed in float: 256 codes hold its small probabilities badly, and the 8-bit kernel is slower',
    },
    LogSoftmax: float('LogSoftmax'),
    Erf: float('Erf'),
    Gelu: float('Gelu'),
    Elu: float('Elu'),
    Selu: float('Selu'),
    HardSigmoid: float('HardSigmoid'),
    HardSwish: float('HardSwish'),
    Softplus: float('Softplus'),
    PRelu: float('PRelu'),
  },
};
