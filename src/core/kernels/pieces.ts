/**
 * Shows a kernel an array that may lie anywhere: at once where it lies in kernel memory, else piece by piece through
 * scratch space.
 *
 * Invariant: the pieces come in order and hold every element once. A piece fits into the cache of a core, so that the
 * copy costs the time of reading the array, which the kernel is then spared.
 */
import { KernelMemory } from './memory.ts';

/** Elements of a piece: 64 KiB of float32. */
export const PIECE = 16_384;

/** @param use gets the memory, the address of the piece, its length and the index of its first element */
export function overPieces(
  data: Float32Array,
  use: (memory: KernelMemory, at: number, length: number, start: number) => void,
): void {
  const home = KernelMemory.holding(data);
  if (home) {
    use(home, data.byteOffset, data.length, 0);
    return;
  }
  const memory = KernelMemory.shared;
  memory.scratch(take => {
    const piece = take(Float32Array, Math.min(PIECE, data.length));
    for (let start = 0; start < data.length; start += PIECE) {
      const part = data.subarray(start, start + PIECE);
      piece.array.set(part);
      use(memory, piece.at, part.length, start);
    }
  });
}
