/** Concat: each input keeps its own parameters, the output has its own (onnxruntime's QLinearConcat requantizes). */
import { allInputs, type OperatorFamily } from './operator.ts';

export const concat: OperatorFamily = {
  id: 'concat',
  operators: { Concat: { role: 'arithmetic', inputs: allInputs } },
};
