/** Limits of a dataset archive, each with its reason. A spec cannot raise them. */
export interface DatasetLimits {
  /** One array per model input and the labels: a hundred inputs is more than any model seen. */
  readonly maxEntries: number;
  /** Inflated bytes of all members together; the temporary file must fit the sandbox's disk. */
  readonly maxInflatedBytes: number;
  /** Inflated to compressed. Masks and zero states legitimately reach deflate's 1032, but are small ... */
  readonly maxRatio: number;
  /** ... so the ratio is only held against members above this size. */
  readonly ratioFreeBytes: number;
}

export const DATASET_LIMITS: DatasetLimits = {
  maxEntries: 256,
  maxInflatedBytes: 32 * 1024 ** 3,
  maxRatio: 200,
  ratioFreeBytes: 256 * 1024 ** 2,
};
