/**
 * Divergence of a histogram from what a grid of levels makes of it, for many thresholds of one histogram.
 *
 *   KL(P || Q) = 1/N * [ sum_k P_k log P_k - sum_b P_b log(Q_b / filled_b) ] - log N + log M
 *
 * with P, Q, N and M of entropy.ts. Prefix sums give the masses of a level. Levels of one threshold are w or w + 1 bins
 * wide, and thresholds that grow meet the same levels again: each term is computed once for its first bin and its width.
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

export class KlDivergence {
  readonly #counts: Float64Array;
  readonly #levels: number;
  readonly #mass: Float64Array;
  readonly #massLogMass: Float64Array;
  readonly #filled: Float64Array;
  /** Terms of the levels of `width` bins and of one bin more, by first bin; NaN where not yet known. */
  #width = 0;
  #narrow: Float64Array;
  #wide: Float64Array;

  constructor(counts: Float64Array, levels: number) {
    this.#counts = counts;
    this.#levels = levels;
    this.#mass = runningSum(counts);
    this.#massLogMass = runningSum(counts.map(xLogX));
    this.#filled = runningSum(counts.map(count => (count > 0 ? 1 : 0)));
    this.#narrow = new Float64Array(counts.length).fill(Number.NaN);
    this.#wide = new Float64Array(counts.length).fill(Number.NaN);
  }

  /** Infinite where Q is empty and P is not. At least as many bins as levels lie inside. */
  of({ start, end, below, above }: Cut): number {
    const inside = (this.#mass[end] as number) - (this.#mass[start] as number);
    if (inside === 0) return Number.POSITIVE_INFINITY;
    const first = this.#counts[start] as number;
    const last = this.#counts[end - 1] as number;
    let sum = (this.#massLogMass[end] as number) - (this.#massLogMass[start] as number);
    sum += xLogX(first + below) - xLogX(first) + xLogX(last + above) - xLogX(last);

    const levels = this.#levels;
    const width = Math.floor((end - start) / levels);
    const rest = (end - start) % levels;
    this.#reach(width);
    // The next level begins at start + floor(level * bins / levels): one bin more whenever the remainders fill a level.
    let from = start;
    let carried = 0;
    for (let level = 0; level < levels; level++) {
      carried += rest;
      const isWide = carried >= levels;
      if (isWide) carried -= levels;
      const to = from + width + (isWide ? 1 : 0);
      if (level === 0) sum -= this.#outerTerm(from, to, below, first);
      else if (level === levels - 1) sum -= this.#outerTerm(from, to, above, last);
      else sum -= this.#innerTerm(isWide ? this.#wide : this.#narrow, from, to);
      from = to;
    }
    const all = inside + below + above;
    return sum / all - Math.log(all) + Math.log(inside);
  }

  /** P_b log(Q_b / filled_b) of a level without clipped elements: P_b is Q_b. */
  #innerTerm(known: Float64Array, from: number, to: number): number {
    const term = known[from] as number;
    return Number.isNaN(term) ? (known[from] = this.#outerTerm(from, to, 0, 0)) : term;
  }

  /** The same of a level to which `outside` elements are clipped, all to the bin that held `edge` of its own. */
  #outerTerm(from: number, to: number, outside: number, edge: number): number {
    const kept = (this.#mass[to] as number) - (this.#mass[from] as number);
    const places = (this.#filled[to] as number) - (this.#filled[from] as number);
    if (kept + outside === 0) return 0;
    return (kept + outside) * Math.log(kept / (outside > 0 && edge === 0 ? places + 1 : places));
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
