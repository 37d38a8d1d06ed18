/**
 * Elements of any numeric type as float32.
 *
 * Invariant: float32 data is given back as it is (a view; callers do not write into it); every other type is rounded
 * to nearest. Integers beyond 2^53 are rounded to a double on the way.
 */
import { fromBfloat16 } from './bfloat16.ts';
import type { DType } from './dtype.ts';
import { fromFloat16 } from './float16.ts';
import { unpackInt4, unpackUint4 } from './pack-int4.ts';
import type { ArrayDType, Tensor, TypedArrayOf } from './tensor.ts';
import { elementCount, isArrayDType, viewBytes } from './tensor.ts';

/** Whether `toFloat32` takes the type. */
export function isNumeric(dtype: DType): boolean {
  return isArrayDType(dtype) || dtype === 'int4' || dtype === 'uint4';
}

/** @throws TypeError for strings, complex numbers and the 8-bit and narrower floats (a bug in the caller). */
export function toFloat32(tensor: Tensor): Float32Array {
  const { dtype } = tensor;
  if (dtype === 'int4') return Float32Array.from(unpackInt4(tensor.bytes(), elementCount(tensor.dims)));
  if (dtype === 'uint4') return Float32Array.from(unpackUint4(tensor.bytes(), elementCount(tensor.dims)));
  if (!isArrayDType(dtype)) throw new TypeError(`${dtype} has no float32 form`);
  return arrayToFloat32(dtype, viewBytes(dtype, tensor.bytes()));
}

/** The same for an array that says its type, as the runtime gives it. */
export function arrayToFloat32(dtype: ArrayDType, data: TypedArrayOf<ArrayDType>): Float32Array {
  if (data instanceof Float32Array) return data;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return fromWords(data);
  if (dtype === 'float16') return fromFloat16(data as Uint16Array);
  if (dtype === 'bfloat16') return fromBfloat16(data as Uint16Array);
  return new Float32Array(data);
}

/** 64-bit integers by their 32-bit halves: no BigInt is made for each element. */
function fromWords(data: BigInt64Array | BigUint64Array): Float32Array {
  const low = new Uint32Array(data.buffer, data.byteOffset, data.length * 2);
  const high =
    data instanceof BigInt64Array ? new Int32Array(data.buffer, data.byteOffset, data.length * 2) : low;
  const values = new Float32Array(data.length);
  for (let i = 0; i < values.length; i++)
    values[i] = (high[2 * i + 1] as number) * 2 ** 32 + (low[2 * i] as number);
  return values;
}
