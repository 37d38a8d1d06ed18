/**
 * An immutable tensor whose payload may not be in memory yet.
 *
 * Invariant: `bytes()` is little-endian and laid out as ONNX `raw_data`, of exactly `byteLength` bytes; callers never
 * write into it. A lazy tensor (a region of an external-data file) reads at each call and keeps nothing, so that a
 * pass over a model of many gigabytes holds one tensor at a time.
 */
import type { DType } from './dtype.ts';
import { storageBytes } from './dtype.ts';

export interface Tensor {
  readonly dtype: DType;
  readonly dims: readonly number[];
  readonly byteLength: number;
  bytes(): Uint8Array;
  /** Where the payload lies in a file: a way to read parts of it. To be closed by the caller. */
  open?(): PayloadReader;
  /** Where it is made when it is written: the bytes in order. A piece is good until the next is asked for. */
  pieces?(): Iterable<Uint8Array>;
  /** UTF-8 elements of a `string` tensor; undefined for every other type. */
  readonly strings?: readonly Uint8Array[];
}

/** Parts of a payload. */
export interface PayloadReader {
  /** Fills `target` with the bytes from `offset` on. */
  read(offset: number, target: Uint8Array): void;
  close(): void;
}

/** Number of elements of a shape; 1 for a scalar (`[]`). */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

export function tensorFromBytes(dtype: DType, dims: readonly number[], bytes: Uint8Array): Tensor {
  const expected = storageBytes(dtype, elementCount(dims));
  if (bytes.byteLength !== expected)
    throw new RangeError(`${dtype}[${dims.join(',')}] needs ${expected} bytes, got ${bytes.byteLength}`);
  return { dtype, dims, byteLength: expected, bytes: () => bytes };
}

/**
 * A tensor that is made when it is written: `make` is called for each `bytes()` and must give the same bytes each time.
 * So a graph of many gigabytes of codes costs, while it is written, one tensor at a time.
 */
export function tensorFrom(dtype: DType, dims: readonly number[], make: () => Uint8Array): Tensor {
  return { dtype, dims, byteLength: storageBytes(dtype, elementCount(dims)), bytes: make };
}

/** The same for one that is made piece by piece. */
export function tensorFromPieces(
  dtype: DType,
  dims: readonly number[],
  pieces: () => Iterable<Uint8Array>,
): Tensor {
  const byteLength = storageBytes(dtype, elementCount(dims));
  return { dtype, dims, byteLength, bytes: () => gather(pieces(), byteLength), pieces };
}

/** All pieces in memory of their own. @throws RangeError where they are not as many bytes as were announced */
function gather(pieces: Iterable<Uint8Array>, byteLength: number): Uint8Array {
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  if (at !== byteLength) throw new RangeError(`a payload of ${byteLength} bytes gave ${at}`);
  return bytes;
}

type ArrayFor = {
  float32: Float32Array;
  float64: Float64Array;
  int8: Int8Array;
  uint8: Uint8Array;
  int16: Int16Array;
  uint16: Uint16Array;
  int32: Int32Array;
  uint32: Uint32Array;
  int64: BigInt64Array;
  uint64: BigUint64Array;
  bool: Uint8Array;
  float16: Uint16Array;
  bfloat16: Uint16Array;
};

/** Types whose elements a typed array holds one to one; the two 16-bit floats are seen as their bits. */
export type ArrayDType = keyof ArrayFor;
export type TypedArrayOf<D extends ArrayDType> = ArrayFor[D];

const ARRAYS: {
  [D in ArrayDType]: {
    new (buffer: ArrayBufferLike, offset: number, length: number): ArrayFor[D];
    BYTES_PER_ELEMENT: number;
  };
} = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
};

export function isArrayDType(dtype: DType): dtype is ArrayDType {
  return dtype in ARRAYS;
}

/** Raw bytes as a typed array: a view where the offset is aligned, a copy where it is not. */
export function viewBytes<D extends ArrayDType>(dtype: D, bytes: Uint8Array): TypedArrayOf<D> {
  const type = ARRAYS[dtype];
  const aligned = bytes.byteOffset % type.BYTES_PER_ELEMENT === 0 ? bytes : new Uint8Array(bytes);
  return new type(aligned.buffer, aligned.byteOffset, aligned.byteLength / type.BYTES_PER_ELEMENT);
}

/** The tensor's elements; throws a TypeError when the tensor is of another type (a bug in the caller). */
export function elements<D extends ArrayDType>(tensor: Tensor, dtype: D): TypedArrayOf<D> {
  if (tensor.dtype !== dtype) throw new TypeError(`expected a ${dtype} tensor, got ${tensor.dtype}`);
  return viewBytes(dtype, tensor.bytes());
}

/** The bytes of a typed array, as a view. */
export function bytesOf({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A tensor over a typed array, which the caller gives up. */
export function tensorOf<D extends ArrayDType>(
  dtype: D,
  dims: readonly number[],
  data: TypedArrayOf<D>,
): Tensor {
  return tensorFromBytes(dtype, dims, bytesOf(data));
}
