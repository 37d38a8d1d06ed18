/** Elements of any numeric type as numbers, and floats back as their type; 16-bit floats are held as their bits. */
import { fromBfloat16, toBfloat16 } from '../tensor/bfloat16.ts';
import { fromFloat16, toFloat16 } from '../tensor/float16.ts';
import type { ArrayDType, TypedArrayOf } from '../tensor/tensor.ts';
import type { RuntimeTensor } from './samples.ts';

type Elements = TypedArrayOf<ArrayDType>;
type Numbers = Exclude<Elements, BigInt64Array | BigUint64Array>;

/** The elements as numbers: the same array where they are numbers already. 64-bit integers beyond 2^53 are rounded. */
export function numbers({ data, dtype }: RuntimeTensor): Numbers {
  return decode(data, dtype);
}

export function decode(data: Elements, dtype: ArrayDType): Numbers {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number);
  if (dtype === 'float16') return fromFloat16(data as Uint16Array);
  if (dtype === 'bfloat16') return fromBfloat16(data as Uint16Array);
  return data;
}

/** Rounds to nearest even; values beyond the type's range become infinite. */
export function encode(values: Numbers, dtype: ArrayDType): Elements {
  if (dtype === 'float64') return Float64Array.from(values);
  const singles = values instanceof Float32Array ? values : Float32Array.from(values);
  if (dtype === 'float32') return singles;
  if (dtype === 'float16') return toFloat16(singles).bits;
  if (dtype === 'bfloat16') return toBfloat16(singles).bits;
  throw new TypeError(`${dtype} is not a float type`);
}
