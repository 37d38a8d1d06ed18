/**
 * Divergence of a histogram from what a grid of levels makes of it, for many thresholds of one histogram.
 *
 *   KL(P || Q) = 1/N * sum_b [ sum_{k in b} P_k log P_k - P_b log(Q_b / filled_b) ] - log N + log M
 *
 * with P, Q, N and M of entropy.ts. Prefix sums give the masses of a level. Levels of one threshold are w or w + 1 bins
 * wide, and thresholds that grow meet the same levels again: each term is computed once for its first bin and its width.
 * No term is negative (by the log sum inequality, as P_b >= Q_b), so that some of them may be enough to rule a threshold out.
 *
 * Invariant: thresholds come in ascending order of their number of bins.
 */

/** Bins inside a threshold, and the elements outside on either side. */
export interface Cut {
  readonly start: number;
  readonly end: number;
  readonly below: number;
  readonly above: number;
}

/** Entry i is the sum of the first i. */
export function runningSum(counts: Float64Array): Float64Array {
  const sums = new Float64Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) sums[i + 1] = (sums[i] as number) + (counts[i] as number);
  return sums;
}

/** More than the terms, some thousands, lose by rounding. */
const ROUNDING = 1e-9;

export class KlDivergence {
  readonly #counts: Float64Array;
  /** The bin that begins at zero. */
  readonly #zero: number;
  readonly #levels: number;
  readonly #mass: Float64Array;
  readonly #massLogMass: Float64Array;
  readonly #filled: Float64Array;
  /** Terms of the levels of `width` bins and of one bin more, by first bin; NaN where not yet known. */
  #width = 0;
  #narrow: Float64Array;
  #wide: Float64Array;

  /** @param counts of bins around zero, half of them below it. @param levels 2 at the least */
  constructor(counts: Float64Array, levels: number) {
    this.#counts = counts;
    this.#zero = counts.length / 2;
    this.#levels = levels;
    this.#mass = runningSum(counts);
    this.#massLogMass = runningSum(counts.map(xLogX));
    this.#filled = runningSum(counts.map(count => (count > 0 ? 1 : 0)));
    this.#narrow = new Float64Array(counts.length).fill(Number.NaN);
    this.#wide = new Float64Array(counts.length).fill(Number.NaN);
  }

  /**
   * Infinite where Q is empty and P is not, and where the divergence is larger than `bound`, which a part of the levels can
   * tell. At least as many bins as levels lie inside.
   */
  of({ start, end, below, above }: Cut, bound = Number.POSITIVE_INFINITY): number {
    const inside = (this.#mass[end] as number) - (this.#mass[start] as number);
    if (inside === 0) return Number.POSITIVE_INFINITY;
    const all = inside + below + above;
    const known = Math.log(inside) - Math.log(all);
    const most = all * (bound - known + ROUNDING);

    const levels = this.#levels;
    const bins = end - start;
    const width = Math.floor(bins / levels);
    const rest = bins % levels;
    this.#reach(width);
    const edgeOf = (level: number): number => start + Math.floor((level * bins) / levels);
    let sum =
      this.#outer(start, edgeOf(1), below, start) + this.#outer(edgeOf(levels - 1), end, above, end - 1);
    // From zero outwards in both directions, as most elements lie there. Level k begins at edgeOf(k): one bin more than
    // `width` behind the one before whenever the remainders, k * rest, fill a level.
    const middle = Math.min(Math.max(Math.floor(((this.#zero - start) * levels) / bins), 1), levels - 1);
    let [up, upper] = [edgeOf(middle), (middle * rest) % levels];
    let [down, lower] = [up, upper];
    const steps = Math.max(levels - 1 - middle, middle - 1);
    for (let step = 0; step < steps && sum <= most; step++) {
      if (middle + step < levels - 1) {
        upper += rest;
        const isWide = upper >= levels;
        if (isWide) upper -= levels;
        const from = up;
        up += width + (isWide ? 1 : 0);
        sum += this.#inner(isWide ? this.#wide : this.#narrow, from, up);
      }
      if (middle - 1 - step > 0) {
        lower -= rest;
        const isWide = lower < 0;
        if (isWide) lower += levels;
        const to = down;
        down -= width + (isWide ? 1 : 0);
        sum += this.#inner(isWide ? this.#wide : this.#narrow, down, to);
      }
    }
    return sum <= most ? sum / all + known : Number.POSITIVE_INFINITY;
  }

  /** sum P_k log P_k - P_b log(Q_b / filled_b) of a level without clipped elements: P_b is Q_b. */
  #inner(known: Float64Array, from: number, to: number): number {
    const term = known[from] as number;
    return Number.isNaN(term) ? (known[from] = this.#outer(from, to, 0, from)) : term;
  }

  /** The same of a level to which `outside` elements are clipped, all to the bin `edge`. */
  #outer(from: number, to: number, outside: number, edge: number): number {
    const kept = (this.#mass[to] as number) - (this.#mass[from] as number);
    const places = (this.#filled[to] as number) - (this.#filled[from] as number);
    const own = this.#counts[edge] as number;
    if (kept + outside === 0) return 0;
    const logs = (this.#massLogMass[to] as number) - (this.#massLogMass[from] as number);
    const clipped = outside > 0 ? xLogX(own + outside) - xLogX(own) : 0;
    return (
      logs + clipped - (kept + outside) * Math.log(kept / (outside > 0 && own === 0 ? places + 1 : places))
    );
  }

  #reach(width: number): void {
    if (width === this.#width) return;
    const next = width === this.#width + 1;
    [this.#narrow, this.#wide] = [this.#wide, this.#narrow];
    this.#wide.fill(Number.NaN);
    if (!next) this.#narrow.fill(Number.NaN);
    this.#width = width;
  }
}

function xLogX(x: number): number {
  return x > 0 ? x * Math.log(x) : 0;
}
