/**
 * Shows a kernel an array that lies outside of kernel memory, piece by piece through scratch space.
 *
 * Invariant: the pieces come in order and hold every element once. A piece fits into the cache of a core, so that the
 * copy costs the time of reading the array, which the kernel is then spared.
 */
import { KernelMemory, type Take } from './memory.ts';

/** Elements of a piece: 64 KiB of float32. */
export const PIECE = 16_384;

/** Calls `use` with the address of each piece, its length and the index of its first element. */
export type EachPiece = (use: (at: number, length: number, start: number) => void) => void;

/** @param work gets the memory, scratch space in it for as long as it runs, and the loop over the pieces */
export function withPieces<R>(
  data: Float32Array,
  work: (memory: KernelMemory, take: Take, each: EachPiece) => R,
): R {
  const memory = KernelMemory.shared;
  return memory.scratch(take => {
    const piece = take(Float32Array, Math.min(PIECE, data.length));
    return work(memory, take, use => {
      for (let start = 0; start < data.length; start += PIECE) {
        const part = data.subarray(start, start + PIECE);
        piece.array.set(part);
        use(piece.at, part.length, start);
      }
    });
  });
}
