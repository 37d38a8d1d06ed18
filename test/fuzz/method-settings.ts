/** Method settings that campaigns take in turn: every method, and the options that change what is written. */
import { METHODS } from '../../src/core/quantization/methods/index.ts';

const OPTIONS: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>> = {
  'static-int8': [
    { activation: 'int8' },
    { activation: 'uint16' },
    { weight: 'uint8', perChannel: false },
    { calibrator: { type: 'entropy' } },
    { symmetricActivation: true, reduceRange: true },
  ],
  'dynamic-int8': [{ convolutions: true }, { weight: 'uint8', perChannel: false }],
  'weight-only-int4': [{ format: 'qdq' }, { symmetric: true, blockSize: 16 }],
  'weight-only-int8': [{ format: 'qdq' }],
};

export const METHOD_SETTINGS: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[] =
  METHODS.all.flatMap(({ id }) => [{}, ...(OPTIONS[id] ?? [])].map(options => ({ type: id, ...options })));
