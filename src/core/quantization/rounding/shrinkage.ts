/**
 * How much of the correlation between inputs is chance, because few vectors were seen.
 *
 * GPTQ lets the errors of correlated inputs cancel. From n vectors of p features correlations of about 1/√n come out where there are
 * none, and errors made to cancel on those add up on other data: after 1.5 p vectors of independent inputs the outputs were 2 dB further
 * from float than by rounding to nearest. Correlations times 1 - ρ have the least expected squared error, under normal inputs, at
 *
 *   ρ = (a + p²) / ((n + 1) (a - p)),   a = Σ R_ij²,   at most 1
 *
 * where R holds the correlations. Strong ones, as between activations of trained models, leave ρ next to nothing; so do many vectors.
 * Source: Chen, Wiesel, Eldar, Hero, "Shrinkage Algorithms for MMSE Covariance Estimation", arXiv 0907.4698, as in scikit-learn's `oas`.
 */
import type { SecondMoment } from '../../calibration/second-moment.ts';
import { triangleRow } from '../../calibration/triangle.ts';

export function shrinkage({ size, triangle, vectors }: SecondMoment): number {
  const power = Float64Array.from({ length: size }, (_, i) => triangle[triangleRow(i, size) + i] as number);
  // A feature that was zero in every sample has no correlations.
  const features = power.reduce((count, x) => count + (x > 0 ? 1 : 0), 0);
  if (features < 2) return 0;
  let squares = features;
  for (let i = 0; i < size; i++) {
    const row = triangleRow(i, size);
    if (!((power[i] as number) > 0)) continue;
    let sum = 0;
    for (let j = i + 1; j < size; j++) {
      const h = triangle[row + j] as number;
      if ((power[j] as number) > 0) sum += (h * h) / (power[j] as number);
    }
    squares += (2 * sum) / (power[i] as number);
  }
  return Math.min(1, (squares + features ** 2) / ((vectors + 1) * (squares - features)));
}
