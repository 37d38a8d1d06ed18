/**
 * The errors of a panel of features carried to all features behind it: weights += errors x F, the one product of
 * matrices in GPTQ and where its time goes.
 *
 * Two channels by four features at a time: each factor that is read serves two channels, each weight takes four errors.
 * Columns go in strips that stay in the cache together with their factors.
 */
import { triangleRow } from '../../calibration/second-moment.ts';
import type { ErrorFeedback } from './error-feedback.ts';

const STRIP = 256;

export interface CarriedPanel {
  /** Channels; even, and the arrays have a row for each. */
  readonly count: number;
  /** Features of the panel, a multiple of four. */
  readonly start: number;
  readonly end: number;
  /** Length of a channel's row in `errors`. */
  readonly panel: number;
}

/** @param weights [count, size] @param errors [count, panel] */
export function carryErrors(
  weights: Float64Array,
  errors: Float64Array,
  { size, triangle }: ErrorFeedback,
  { count, start, end, panel }: CarriedPanel,
): void {
  for (let from = end; from < size; from += STRIP) {
    const to = Math.min(from + STRIP, size);
    for (let k = start; k < end; k += 4)
      for (let c = 0; c < count; c += 2)
        carry(weights, c * size, errors, c * panel + k - start, panel, triangle, size, k, from, to);
  }
}

function carry(
  weights: Float64Array,
  row: number,
  errors: Float64Array,
  error: number,
  panel: number,
  f: Float64Array,
  size: number,
  k: number,
  from: number,
  to: number,
): void {
  const next = row + size;
  const p = triangleRow(k, size);
  const q = triangleRow(k + 1, size);
  const r = triangleRow(k + 2, size);
  const s = triangleRow(k + 3, size);
  const a0 = errors[error] as number;
  const a1 = errors[error + 1] as number;
  const a2 = errors[error + 2] as number;
  const a3 = errors[error + 3] as number;
  const b0 = errors[error + panel] as number;
  const b1 = errors[error + panel + 1] as number;
  const b2 = errors[error + panel + 2] as number;
  const b3 = errors[error + panel + 3] as number;
  for (let j = from; j < to; j++) {
    const f0 = f[p + j] as number;
    const f1 = f[q + j] as number;
    const f2 = f[r + j] as number;
    const f3 = f[s + j] as number;
    weights[row + j] = (weights[row + j] as number) + (a0 * f0 + a1 * f1 + (a2 * f2 + a3 * f3));
    weights[next + j] = (weights[next + j] as number) + (b0 * f0 + b1 * f1 + (b2 * f2 + b3 * f3));
  }
}
