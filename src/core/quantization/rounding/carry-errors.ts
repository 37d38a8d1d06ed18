/**
 * Errors of some features carried to features behind them: weights += errors x F, the product of matrices in GPTQ and
 * where its time goes.
 *
 * Two channels by four features at a time (kernels/assembly/add-rows.ts). Columns go in strips that stay in the cache
 * together with their factors.
 */
import type { RoundingRoom } from './rounding-room.ts';

const STRIP = 128;

/** Features whose errors are known; a multiple of four, where any lie behind them. */
export interface Rounded {
  /** The first feature of their panel. */
  readonly panel: number;
  readonly start: number;
  readonly end: number;
}

/** @param count channels of the tile, even @param upTo the features from `end` to this */
export function carryErrors(
  room: RoundingRoom,
  count: number,
  { panel, start, end }: Rounded,
  upTo: number,
): void {
  const { kernels, strides } = room;
  for (let from = end; from < upTo; from += STRIP) {
    const length = Math.min(STRIP, upTo - from);
    for (let k = start; k < end; k += 4) {
      const p = room.factorAt(k, from);
      const q = room.factorAt(k + 1, from);
      const r = room.factorAt(k + 2, from);
      const s = room.factorAt(k + 3, from);
      for (let c = 0; c < count; c += 2)
        kernels.addRows(
          room.weightAt(c, from),
          strides.weights,
          p,
          q,
          r,
          s,
          length,
          room.errorAt(c, k - panel),
          strides.errors,
        );
    }
  }
}
