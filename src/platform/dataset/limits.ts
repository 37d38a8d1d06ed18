/** Limits of a dataset archive, each with its reason. A spec cannot raise them. */
export interface DatasetLimits {
  /** One array per model input and the labels: a hundred inputs is more than any model seen. */
  readonly maxEntries: number;
  /** Images, or files of test data: the validation set of ImageNet has 50 000. */
  readonly maxFiles: number;
  /** Bytes of one image or tensor file, which is read whole. */
  readonly maxFileBytes: number;
  /** Pixels of one image, decoded whole before it is scaled: 64 Mi is more than any camera's, and 192 MiB of RGB. */
  readonly maxPixels: number;
  /** Inflated bytes of all members together; the temporary file must fit the sandbox's disk. */
  readonly maxInflatedBytes: number;
  /** Inflated to compressed. Masks and zero states legitimately reach deflate's 1032, but are small ... */
  readonly maxRatio: number;
  /** ... so the ratio is only held against members above this size. */
  readonly ratioFreeBytes: number;
}

export const DATASET_LIMITS: DatasetLimits = {
  maxEntries: 256,
  maxFiles: 65_536,
  maxFileBytes: 256 * 1024 ** 2,
  maxPixels: 64 * 1024 ** 2,
  maxInflatedBytes: 32 * 1024 ** 3,
  maxRatio: 200,
  ratioFreeBytes: 256 * 1024 ** 2,
};
