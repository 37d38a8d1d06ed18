/**
 * A dataset: named arrays whose elements are read by range.
 *
 * Invariant: an array's name is a label and never a path; a read copies what it returns and keeps nothing.
 */
import type { ArrayDType, TypedArrayOf } from '../tensor/tensor.ts';
import type { Preprocess } from './preprocess.ts';
import type { SessionValue } from './samples.ts';

export interface DataArray {
  readonly name: string;
  readonly dtype: ArrayDType;
  readonly shape: readonly number[];
  /** `count` elements from element `start`, in C order, in the byte order of this machine. */
  read(start: number, count: number): TypedArrayOf<ArrayDType>;
}

export interface Dataset {
  readonly arrays: readonly DataArray[];
  /** Gives back files and descriptors; reads after it fail. */
  close(): void;
}

/** What the data is for. Arrays are what they are; images become what the input takes, tensors in order get its names. */
export interface DatasetUse {
  readonly inputs: readonly SessionValue[];
  /** By input name. */
  readonly preprocess?: Readonly<Record<string, Preprocess>>;
}
