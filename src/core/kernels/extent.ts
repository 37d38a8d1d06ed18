/** Smallest and largest element of an array. */
import { withPieces } from './pieces.ts';

export interface SeenEnds {
  readonly min: number;
  readonly max: number;
}

/**
 * Infinity and -Infinity of an empty array; NaN twice where an element is NaN. An end that is zero is +0, whichever
 * zeros the array holds.
 */
export function extentOf(data: Float32Array): SeenEnds {
  const ends = seenEnds();
  withPieces(data, ({ kernels }, take, each) => {
    const out = take(Float32Array, 3);
    each((at, length) => {
      kernels.extent(at, length, out.at);
      ends.add(out.array);
    });
  });
  return ends.all();
}

/** The extent of an array from those of its pieces, as the kernel gives them. */
export function seenEnds() {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let isNumber = true;
  return {
    /** Gives the ends of this piece, and whether all pieces up to it are finite. */
    add(piece: Float32Array): SeenEnds & { readonly allFinite: boolean } {
      const [low, high, size] = piece as unknown as readonly [number, number, number];
      min = Math.min(min, low);
      max = Math.max(max, high);
      if (Number.isNaN(size)) isNumber = false;
      return { min: low, max: high, allFinite: isNumber && Number.isFinite(min) && Number.isFinite(max) };
    },
    all: (): SeenEnds => (isNumber ? { min: min + 0, max: max + 0 } : { min: Number.NaN, max: Number.NaN }),
  };
}
