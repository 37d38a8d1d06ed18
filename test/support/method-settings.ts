/** Method settings that campaigns and the matrix take in turn: every method, and each option that changes what is written. */
import { CALIBRATORS } from '../../src/core/calibration/index.ts';
import { METHODS } from '../../src/core/quantization/methods/index.ts';

export type MethodSetting = Readonly<Record<string, unknown>> & { readonly type: string };

type Options = Readonly<Record<string, unknown>>;

const OPTIONS: Readonly<Record<string, readonly Options[]>> = {
  'static-int8': [
    ...CALIBRATORS.ids.map(type => ({ calibrator: { type } })),
    { activation: 'int8' },
    { activation: 'uint16' },
    { activation: 'int16' },
    { weight: 'uint8' },
    { perChannel: false },
    { symmetricActivation: true },
    { reduceRange: true },
    { saturationGuard: true },
    { bias: 'float' },
    { format: 'qoperator' },
    { format: 'qoperator', activation: 'int8' },
    { format: 'qoperator', weight: 'uint8', perChannel: false },
    { weight: 'int4' },
    { weight: 'int4', blockSize: 32 },
    { weight: 'int4', rounding: 'gptq' },
    { rounding: 'gptq' },
    { smoothQuant: 'none' },
    { smoothQuant: {} },
    { smoothQuant: { alpha: 0.7, insertMul: true } },
    { equalize: true, biasCorrection: true, smoothQuant: {}, rounding: 'gptq' },
    { overrides: [{ match: '*', activation: 'uint16' }] },
  ],
  'dynamic-int8': [
    { convolutions: true },
    { weight: 'uint8' },
    { perChannel: false },
    { reduceRange: true },
    { convolutions: true, weight: 'uint8' },
  ],
  'weight-only-int4': [
    { format: 'qdq' },
    { symmetric: true },
    { blockSize: 16 },
    { blockSize: 128 },
    { accuracyLevel: 1 },
    { algorithm: 'rtn' },
    { algorithm: 'hqq' },
    { algorithm: 'k-quant' },
    { embeddings: 'int4' },
    { algorithm: 'hqq', format: 'qdq', embeddings: 'float' },
  ],
  'weight-only-int8': [{ format: 'qdq' }, { symmetric: true }, { blockSize: 128 }],
};

/** Options of a method that are switches, when they are on: helpers that others add join by themselves. */
function switches(id: string): readonly Options[] {
  const named = new Set((OPTIONS[id] ?? []).flatMap(Object.keys));
  const properties = (METHODS.get(id)?.options.properties ?? {}) as Record<string, { type?: string }>;
  return Object.entries(properties)
    .filter(([name, { type }]) => type === 'boolean' && !named.has(name))
    .map(([name]) => ({ [name]: true }));
}

export const METHOD_SETTINGS: readonly MethodSetting[] = METHODS.ids.flatMap(id =>
  [{}, ...(OPTIONS[id] ?? []), ...switches(id)].map(options => ({ type: id, ...options })),
);
