/**
 * What a Keras file may ask for. Each number is far above what real models need and far below what hurts the host;
 * an error that comes from one of these names it.
 */
export const LIMITS = {
  /** Entries of a .keras zip: real ones have three, plus assets. */
  zipEntries: 10_000,
  /** Inflated bytes of config.json or metadata.json: a model of 20 000 layers takes about 20 MB. */
  configBytes: 64 * 2 ** 20,
  /** Nesting of the JSON: each level of nested models takes eight. */
  configDepth: 200,
  /** Layers of all nested models together. */
  layers: 50_000,
  /** Models inside models. */
  modelDepth: 32,
  /** Layer calls, counting those of a shared model once for each time it is called. */
  calls: 100_000,
  /** ONNX nodes written: calls that unroll over time multiply. */
  nodes: 200_000,
  /** Steps that a layer may be unrolled over. */
  unrolledSteps: 512,
  /** Bytes of weights that a file of any size may hold... */
  weightFloorBytes: 64 * 2 ** 20,
  /** ...and bytes of weights per byte of file beyond it: gzip packs trained weights by 2 at best. */
  weightRatio: 20,
  /** Bytes that HDF5's library may hold beside the weights: itself, and three copies of a text of `attributeBytes`. */
  libraryFloorBytes: 256 * 2 ** 20,
  /** Largest dimension or size in a config. */
  dimension: 2 ** 31 - 1,
  /** Rank of a tensor. */
  rank: 8,
  /** Bytes of one name or path in the weights file. */
  nameBytes: 4096,
  /** Names in one attribute or group. */
  names: 200_000,
  /** Bytes of one text attribute: 64 KB before HDF5 1.8, with dense storage more. */
  attributeBytes: 64 * 2 ** 20,
} as const;

/** Bytes of weights that a file of this size may stand for. */
export function weightBytes(fileBytes: number): number {
  return LIMITS.weightFloorBytes + LIMITS.weightRatio * fileBytes;
}

/** Bytes that HDF5's library may hold of a file of this size: a dataset of one row, or of one chunk, is read at once. */
export function libraryBytes(fileBytes: number): number {
  return LIMITS.libraryFloorBytes + weightBytes(fileBytes);
}

/** Bytes read at once from a dataset: bounds what HDF5's own memory grows to. */
export const READ_BLOCK_BYTES = 8 * 2 ** 20;
