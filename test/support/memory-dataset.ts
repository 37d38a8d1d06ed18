/** A dataset over typed arrays. */
import type { DataArray, Dataset } from '../../src/core/data/dataset.ts';
import type { ArrayDType, TypedArrayOf } from '../../src/core/tensor/tensor.ts';

export function memoryArray(
  name: string,
  dtype: ArrayDType,
  shape: readonly number[],
  data: TypedArrayOf<ArrayDType>,
): DataArray {
  return { name, dtype, shape, read: (start, count) => data.slice(start, start + count) };
}

export function memoryDataset(...arrays: readonly DataArray[]): Dataset {
  return { arrays, close: () => {} };
}

/** 0, 1, 2, ... */
export function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => index);
}
