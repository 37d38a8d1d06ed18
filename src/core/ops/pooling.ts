/** Pooling. A maximum is one of its inputs, so MaxPool moves codes; an average is a new value. */
import { type ArithmeticSpec, firstInput, type OperatorFamily, unsupported } from './operator.ts';

const average: ArithmeticSpec = { role: 'arithmetic', inputs: firstInput };

export const pooling: OperatorFamily = {
  id: 'pooling',
  operators: {
    MaxPool: {
      role: 'movement',
      inputs: firstInput,
      check: node => (node.outputs[1] ? unsupported('MaxPool with its Indices output') : undefined),
    },
    GlobalMaxPool: { role: 'movement', inputs: firstInput },
    AveragePool: average,
    GlobalAveragePool: average,
  },
};
