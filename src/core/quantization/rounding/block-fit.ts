/**
 * What an algorithm that chooses the grid of one block of weights is, and the steps that such algorithms share.
 *
 *   code = clamp(round(w / scale + zero point)),   decoded = (code - zero point) * scale
 *
 * Invariant: scale and zero point are given back only where they decode the block with less error than those of
 * round-to-nearest, from which every algorithm starts; zero points are codes (kernels pack no others).
 */
export interface BlockGrid {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface BlockCodes {
  /** Largest code; the smallest is 0. */
  readonly top: number;
  /** The zero point is the middle code and stays it; a scale may then be negative. */
  readonly symmetric: boolean;
}

/** @param start the grid of round-to-nearest; its scale is a normal float32 */
export type BlockFit = (weights: Float64Array, start: BlockGrid, codes: BlockCodes) => BlockGrid;

function codeOf(weight: number, { scale, zeroPoint }: BlockGrid, top: number): number {
  return Math.min(Math.max(Math.floor(weight / scale + zeroPoint + 0.5), 0), top);
}

/** Σ importance (decoded - w)². */
function decodedError(
  weights: Float64Array,
  importance: Float64Array | undefined,
  grid: BlockGrid,
  top: number,
): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    const error = (codeOf(weight, grid, top) - grid.zeroPoint) * grid.scale - weight;
    total += (importance ? (importance[i] as number) : 1) * error * error;
  }
  return total;
}

/** The scale that decodes the codes of `grid` with the least error, its zero point kept. */
function refitScale(
  weights: Float64Array,
  importance: Float64Array | undefined,
  grid: BlockGrid,
  top: number,
): BlockGrid {
  let product = 0;
  let square = 0;
  for (let i = 0; i < weights.length; i++) {
    const weight = weights[i] as number;
    const steps = codeOf(weight, grid, top) - grid.zeroPoint;
    const share = importance ? (importance[i] as number) : 1;
    product += share * steps * weight;
    square += share * steps * steps;
  }
  return square > 0 && product !== 0 ? asStored(product / square, grid.zeroPoint) : grid;
}

/** Of the grids and of what refitting their scales makes of them, the one that decodes best. */
export function bestOf(
  weights: Float64Array,
  importance: Float64Array | undefined,
  grids: readonly BlockGrid[],
  top: number,
): BlockGrid {
  let best = grids[0] as BlockGrid;
  let least = Number.POSITIVE_INFINITY;
  for (const grid of grids)
    for (let tried = grid, round = 0; round <= REFITS; round++) {
      const error = decodedError(weights, importance, tried, top);
      if (error < least) {
        best = tried;
        least = error;
      }
      tried = refitScale(weights, importance, tried, top);
    }
  return best;
}

/** Codes and scale hardly change after so many turns. */
const REFITS = 2;

/** Scales are stored as float32; one that is not normal there is no scale. */
export function asStored(scale: number, zeroPoint: number): BlockGrid {
  return { scale: Math.fround(scale), zeroPoint };
}
