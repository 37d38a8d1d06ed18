/**
 * How the rounding error of one weight is best made good by those that are rounded after it.
 *
 * The squared output error of a row of weights with rounding errors e is e H eᵀ. With H = R Rᵀ, R upper triangular,
 *
 *   e H eᵀ = Σ_k R_kk² (e_k + Σ_{i<k} e_i F_ik)²,   F_ik = R_ik / R_kk
 *
 * so that weight k is best rounded at  w_k + Σ_{i<k} e_i F_ik, whatever comes later. These are the codes of GPTQ, whose
 * Cholesky factor of the inverse is R⁻¹ (QuIP, arXiv 2307.13304, theorem 6; arXiv 2507.18553), without an inversion.
 *
 * Correlations that few vectors show by chance are taken out of H first (shrinkage.ts).
 *
 * Invariant: F is kept as an upper triangle in rows (calibration/triangle.ts) with ones on its diagonal. The
 * diagonal of H is raised by a share of its mean before it is factored, as in GPTQ, so that H is positive definite.
 */
import type { SecondMoment } from '../../calibration/second-moment.ts';
import { triangleRow } from '../../calibration/triangle.ts';
import { DAMPING, SHRINKAGE_SHARE } from '../qparams.ts';
import { factorUpper } from './cholesky.ts';
import { RoundingRoom } from './rounding-room.ts';
import { shrinkage } from './shrinkage.ts';

export interface ErrorFeedback {
  /** Its triangle is F, in the order of `order`. */
  readonly room: RoundingRoom;
  /** Which weight is rounded first, second and so on; undefined where the order is their own. */
  readonly order: Uint32Array | undefined;
}

export interface FeedbackOptions {
  /** Share of the mean of the diagonal that is added to it. */
  readonly damping?: number | undefined;
  /** Weights that see the largest inputs are rounded first ("act-order"). */
  readonly byActivation?: boolean | undefined;
}

export function errorFeedback(moment: SecondMoment, options: FeedbackOptions = {}): ErrorFeedback {
  const { size } = moment;
  const order = options.byActivation ? largestFirst(moment) : undefined;
  const room = new RoundingRoom(size);
  const { triangle } = room;
  if (order) permute(moment, order, triangle);
  else triangle.set(moment.triangle);
  const kept = 1 - SHRINKAGE_SHARE * shrinkage(moment);
  let trace = 0;
  for (let i = 0; i < size; i++) {
    const row = triangleRow(i, size);
    trace += triangle[row + i] as number;
    for (let j = i + 1; j < size; j++) triangle[row + j] = kept * (triangle[row + j] as number);
  }
  // Inputs that were zero in every sample tell nothing: the identity, under which each weight is rounded to nearest.
  const raise = trace > 0 ? ((options.damping ?? DAMPING) * trace) / size : 1;
  for (let i = 0; i < size; i++) {
    const at = triangleRow(i, size) + i;
    triangle[at] = (triangle[at] as number) + raise;
  }
  factorUpper(room);
  unitDiagonal(triangle, size);
  return { room, order };
}

function unitDiagonal(triangle: Float64Array, size: number): void {
  const perDiagonal = Float64Array.from(
    { length: size },
    (_, j) => 1 / (triangle[triangleRow(j, size) + j] as number),
  );
  for (let i = 0, at = 0; i < size; i++)
    for (let j = i; j < size; j++, at++) triangle[at] = (triangle[at] as number) * (perDiagonal[j] as number);
}

function largestFirst({ size, triangle }: SecondMoment): Uint32Array {
  const power = (i: number): number => triangle[triangleRow(i, size) + i] as number;
  return Uint32Array.from({ length: size }, (_, i) => i).sort((a, b) => power(b) - power(a) || a - b);
}

function permute({ size, triangle }: SecondMoment, order: Uint32Array, to: Float64Array): void {
  for (let i = 0, at = 0; i < size; i++)
    for (let j = i; j < size; j++, at++) {
      const a = order[i] as number;
      const b = order[j] as number;
      to[at] = triangle[triangleRow(Math.min(a, b), size) + Math.max(a, b)] as number;
    }
}
