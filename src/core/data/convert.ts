/**
 * From the element type of an array to the element type of an input, where no value changes its meaning.
 *
 * Legal conversions:
 *   1. equal types;
 *   2. between float types (rounding to the narrower one);
 *   3. from integers or bool to an integer or bool type, when every value of the sample fits;
 *   4. from integers or bool to a float type, only with a preprocess entry: bytes fed as they are to a model that was
 *      trained on 0..1 give wrong ranges in silence, so the spec must say what is meant.
 *
 * Invariant: a float element that leaves here is finite.
 */
import { BitpressError } from '../../errors.ts';
import { isFloat } from '../tensor/dtype.ts';
import type { ArrayDType, TypedArrayOf } from '../tensor/tensor.ts';
import { decode, encode } from './floats.ts';

type Elements = TypedArrayOf<ArrayDType>;

/** Smallest and largest value of each integer type; bool is 0 and 1. */
const INTEGER_RANGES = {
  int8: [-(2n ** 7n), 2n ** 7n - 1n],
  uint8: [0n, 2n ** 8n - 1n],
  int16: [-(2n ** 15n), 2n ** 15n - 1n],
  uint16: [0n, 2n ** 16n - 1n],
  int32: [-(2n ** 31n), 2n ** 31n - 1n],
  uint32: [0n, 2n ** 32n - 1n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
  bool: [0n, 1n],
} as const;
type IntegerDType = keyof typeof INTEGER_RANGES;

const INTEGER_ARRAYS = {
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

export function isInteger(dtype: ArrayDType): dtype is IntegerDType {
  return dtype in INTEGER_RANGES;
}

/** The reason why arrays of type `from` cannot feed an input of type `to`; undefined where they can. */
export function conversionProblem(
  from: ArrayDType,
  to: ArrayDType,
  preprocessed: boolean,
): { readonly what: string; readonly hint: string } | undefined {
  if (isFloat(to)) {
    if (isFloat(from) || preprocessed) return undefined;
    return {
      what: `has type ${from}, the input is ${to}`,
      hint:
        'Say how its values become floats with "preprocess": {"<input>": {"scale": s, "bias": b}} ' +
        '({"scale": 1} feeds them as they are), or save the array as float32.',
    };
  }
  if (isFloat(from))
    return { what: `has type ${from}, the input is ${to}`, hint: `Save the array as ${to}.` };
  return undefined;
}

/** Integers as integers of another type. `at` names the array and the sample for messages. */
export function convertIntegers(data: Elements, from: IntegerDType, to: IntegerDType, at: string): Elements {
  if (from === to) return data;
  const [low, high] = INTEGER_RANGES[to];
  const target = new INTEGER_ARRAYS[to](data.length);
  const wide = target instanceof BigInt64Array || target instanceof BigUint64Array;
  for (let index = 0; index < data.length; index++) {
    const value = data[index]!;
    if (value < low || value > high)
      throw new BitpressError(
        'dataset_mismatch',
        `${at} holds ${value}, which does not fit the input's ${to}`,
        {
          hint: `Save the array with values between ${low} and ${high}.`,
        },
      );
    if (wide) (target as BigInt64Array)[index] = BigInt(value);
    else (target as Int32Array)[index] = Number(value);
  }
  return target;
}

/** Floats as another float type. */
export function convertFloats(data: Elements, from: ArrayDType, to: ArrayDType): Elements {
  return from === to ? data : encode(decode(data, from), to);
}

/** @throws BitpressError dataset_not_finite */
export function requireFinite(data: Elements, dtype: ArrayDType, at: string): void {
  if (!isFloat(dtype)) return;
  const values = decode(data, dtype);
  for (let index = 0; index < values.length; index++) {
    const value = values[index]!;
    if (Number.isFinite(value)) continue;
    throw new BitpressError('dataset_not_finite', `${at} holds ${value} at element ${index}`);
  }
}
