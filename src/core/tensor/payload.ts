/**
 * Reading a payload in parts, so that a tensor that lies in a file is never in memory as a whole.
 *
 * Invariant: what is opened here is closed when `use` has ended, or when the walk over the pieces has.
 */
import { bytesOf, type PayloadReader, type Tensor } from './tensor.ts';
import { toFloat32 } from './to-float32.ts';

/** Large enough that asking costs nothing, small enough to be in a core's cache when it is written. */
const PIECE_BYTES = 2 ** 18;

/** The payload in order. A piece is good until the next is asked for. */
export function* piecesOf(
  tensor: Pick<Tensor, 'byteLength' | 'bytes' | 'open' | 'pieces'>,
): Generator<Uint8Array> {
  if (tensor.pieces) yield* tensor.pieces();
  else if (tensor.open) yield* read(tensor.open(), tensor.byteLength);
  else yield tensor.bytes();
}

function* read(reader: PayloadReader, byteLength: number): Generator<Uint8Array> {
  try {
    const room = new Uint8Array(Math.min(PIECE_BYTES, byteLength));
    for (let offset = 0; offset < byteLength; offset += room.byteLength) {
      const piece = room.subarray(0, Math.min(room.byteLength, byteLength - offset));
      reader.read(offset, piece);
      yield piece;
    }
  } finally {
    reader.close();
  }
}

/** Elements as float32, from any place on. */
export interface NumberReader {
  /** Fills `target` with the elements from `start` on. */
  read(start: number, target: Float32Array): void;
  close(): void;
}

/** @throws TypeError as toFloat32 */
export function openFloat32(tensor: Tensor): NumberReader {
  if (tensor.dtype === 'float32' && tensor.open) {
    const reader = tensor.open();
    return {
      read: (start, target) => reader.read(start * 4, bytesOf(target)),
      close: () => reader.close(),
    };
  }
  const numbers = toFloat32(tensor);
  return {
    read: (start, target) => target.set(numbers.subarray(start, start + target.length)),
    close() {},
  };
}
