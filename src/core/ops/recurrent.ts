/** Recurrent layers: no static 8-bit kernel; dynamic quantization has one for LSTM. */
import type { FloatSpec, OperatorFamily } from './operator.ts';

const recurrentFloat = (name: string): FloatSpec => ({
  role: 'float',
  why: `${name} has no static 8-bit kernel in onnxruntime`,
});

export const recurrent: OperatorFamily = {
  id: 'recurrent',
  operators: {
    LSTM: recurrentFloat('LSTM'),
    GRU: recurrentFloat('GRU'),
    RNN: recurrentFloat('RNN'),
  },
};
