/**
 * Arithmetic and choice element by element. Add, Mul and Where have 8-bit kernels in onnxruntime (QLinearAdd, QLinearMul,
 * QLinearWhere); the others do not.
 */
import { type ArithmeticSpec, allInputs, type FloatSpec, type OperatorFamily } from './operator.ts';

const binary: ArithmeticSpec = { role: 'arithmetic', inputs: allInputs };
const slow = (name: string): FloatSpec => ({
  role: 'float',
  why: `${name} has no 8-bit kernel: quantizing it would only add conversions`,
});

export const elementwise: OperatorFamily = {
  id: 'elementwise',
  operators: {
    Add: binary,
    Mul: binary,
    Sub: slow('Sub'),
    Div: slow('Div'),
    Pow: slow('Pow'),
    Sqrt: slow('Sqrt'),
    // Input 0 says which of the two is taken.
    Where: { role: 'arithmetic', inputs: () => [1, 2] },
  },
};
