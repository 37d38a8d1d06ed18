/**
 * A layer's dtype policy: what its outputs are. Everything that is float is computed in float32 (see KerasTensor).
 *
 * The config holds a name or, since Keras 2.4 for mixed precision and 3.0 for all, a serialized policy.
 */
import { unsupported } from '../problems.ts';
import type { Fields } from './fields.ts';
import { asText, isObject, own } from './json.ts';

export type FloatType = 'float32' | 'float16' | 'bfloat16';

const COMPUTE: Readonly<Record<string, FloatType>> = {
  float32: 'float32',
  float16: 'float16',
  bfloat16: 'bfloat16',
  mixed_float16: 'float16',
  mixed_bfloat16: 'bfloat16',
};

/** Float type of the layer's outputs. @throws model_unsupported for quantized and float64 policies. */
export function computeType(fields: Fields): FloatType {
  const value = fields.json('dtype');
  const quantized = fields.has('quantization_config') || fields.has('quantization_mode');
  let name = asText(value);
  if (isObject(value)) {
    const config = own(value, 'config');
    name = isObject(config) ? asText(own(config, 'name') ?? own(config, 'source_name')) : undefined;
    if (asText(own(value, 'class_name'))?.startsWith('Quantized')) throw alreadyQuantized(fields.layer);
  }
  if (quantized) throw alreadyQuantized(fields.layer);
  if (name === undefined) return 'float32';
  if (/^(int8|int4|float8|gptq|awq)/.test(name) && name.includes('_from_'))
    throw alreadyQuantized(fields.layer);
  const type = Object.hasOwn(COMPUTE, name) ? COMPUTE[name] : undefined;
  // Layers of integers and texts (Embedding's input, IntegerLookup) carry their own dtype as the policy.
  if (type === undefined && name === 'float64')
    throw unsupported(
      fields.layer,
      'it computes in float64, which is not supported.',
      'Set keras.config.set_dtype_policy("float32"), build the model again, load the weights and save it.',
    );
  return type ?? 'float32';
}

function alreadyQuantized(layer: string): Error {
  return unsupported(
    layer,
    'it was quantized by Keras (int8, int4 or float8 weights), which is not supported.',
    'Send the float model that model.quantize() was called on.',
  );
}
