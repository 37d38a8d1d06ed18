/**
 * A dot product under trial: what its outputs are in float on some calibration vectors, and how far they are off under
 * other scales of its weights and of its input.
 *
 * Invariant: zero points and the codes in use are those of the plan; a trial changes scales alone.
 */
import type { VectorHalves } from '../../calibration/kept-vectors.ts';
import { roundTrip } from '../code-kernels.ts';
import type { ActivationQuant, WeightQuant } from '../plan.ts';
import { type CodeRange, quantizeValue, roundHalfEven, typeRange } from '../qparams.ts';
import type { DotProduct } from './vector-shape.ts';

/** Sums over outputs: y * y, y * q and q * q, with y the output in float and q the one of a trial. */
export interface Likeness {
  exact: number;
  both: number;
  trial: number;
}

export const squaredError = ({ exact, both, trial }: Likeness): number => exact - 2 * both + trial;
export const cosine = ({ exact, both, trial }: Likeness): number =>
  exact === 0 || trial === 0 ? 0 : both / Math.sqrt(exact * trial);

export type Half = keyof VectorHalves;

/** Vectors of a group that choose: a share of a scale is one number, and each of its trials looks at all of them. */
const CHOOSING = 128;

export class SearchedLayer {
  readonly quant: WeightQuant;
  readonly #product: DotProduct;
  readonly #halves: VectorHalves;
  /** By output channel, then feature. */
  readonly #weights: readonly Float32Array[];
  readonly #codes: readonly CodeRange[];
  /** By output channel, then vector. */
  readonly #exact: Readonly<Record<Half, readonly Float64Array[]>>;

  constructor(data: Float32Array, quant: WeightQuant, product: DotProduct, halves: VectorHalves) {
    this.quant = quant;
    this.#product = product;
    const { shape, channels, at } = product;
    this.#halves = { ...halves, choose: halves.choose.map(vectors => thinned(vectors, shape.size)) };
    this.#weights = Array.from({ length: shape.groups * channels }, (_, output) =>
      Float32Array.from(
        { length: shape.size },
        (_, k) => data[at(Math.floor(output / channels), output % channels, k)] as number,
      ),
    );
    this.#codes = codesInUse(this.#weights, quant);
    const exactOn = (half: Half): readonly Float64Array[] =>
      this.#weights.map((row, output) => products(this.#group(this.#halves[half], output), row));
    this.#exact = { choose: exactOn('choose'), judge: exactOn('judge') };
  }

  /** Scales of weights: one, or one for each output channel. */
  get slots(): number {
    return this.quant.scales.length;
  }

  /** Multiplications of one trial on one half. */
  get work(): number {
    return this.#weights.reduce((sum, _, output) => sum + this.#group(this.#halves.choose, output).length, 0);
  }

  /** By slot. */
  likeness(half: Half, scales: ArrayLike<number>, inputs: readonly Float32Array[]): Likeness[] {
    const found = Array.from({ length: this.slots }, (): Likeness => ({ exact: 0, both: 0, trial: 0 }));
    this.#weights.forEach((row, output) => {
      const slot = this.#slot(output);
      const sums = found[slot] as Likeness;
      const exact = this.#exact[half][output] as Float64Array;
      const trial = products(this.#group(inputs, output), this.#decoded(row, slot, scales[slot] as number));
      for (let i = 0; i < trial.length; i++) {
        const [y, q] = [exact[i] as number, trial[i] as number];
        sums.exact += y * y;
        sums.both += y * q;
        sums.trial += q * q;
      }
    });
    return found;
  }

  /** The vectors of a half as the codes of the activation give them back, by group. */
  inputs(half: Half, activation: ActivationQuant): readonly Float32Array[] {
    const codes = typeRange(activation.dtype);
    return this.#halves[half].map(vectors => roundTrip(vectors, activation, codes));
  }

  /** The constant, cut off where the codes in use end under these scales. */
  clipped(data: Float32Array, scales: ArrayLike<number>): Float32Array {
    const { shape, channels, at } = this.#product;
    const result = data.slice();
    for (let output = 0; output < this.#weights.length; output++) {
      const slot = this.#slot(output);
      const { min, max } = this.#codes[slot] as CodeRange;
      const zero = this.quant.zeroPoints[slot] as number;
      const scale = scales[slot] as number;
      for (let k = 0; k < shape.size; k++) {
        const place = at(Math.floor(output / channels), output % channels, k);
        const low = (min - zero) * scale;
        const high = (max - zero) * scale;
        result[place] = Math.min(Math.max(data[place] as number, low), high);
      }
    }
    return result;
  }

  #slot(output: number): number {
    return this.quant.axis === undefined ? 0 : output;
  }

  #group(byGroup: readonly Float32Array[], output: number): Float32Array {
    return byGroup[Math.floor(output / this.#product.channels)] as Float32Array;
  }

  #decoded(row: Float32Array, slot: number, scale: number): Float32Array {
    const { min, max } = this.#codes[slot] as CodeRange;
    const zero = this.quant.zeroPoints[slot] as number;
    return row.map(w => {
      const code = roundHalfEven(Math.fround(w / scale)) + zero;
      return (Math.min(Math.max(code, min), max) - zero) * scale;
    });
  }
}

/** At most `CHOOSING` of the vectors, evenly among all. */
function thinned(vectors: Float32Array, size: number): Float32Array {
  const count = vectors.length / size;
  if (count <= CHOOSING) return vectors;
  const kept = new Float32Array(CHOOSING * size);
  for (let i = 0; i < CHOOSING; i++) {
    const from = Math.floor((i * count) / CHOOSING) * size;
    kept.set(vectors.subarray(from, from + size), i * size);
  }
  return kept;
}

/**
 * Four vectors at once: sums that do not wait for each other, of numbers read once. Each is added up in the same order as
 * by itself.
 * @param vectors one after another, each as long as `row`
 */
export function products(vectors: Float32Array, row: Float32Array): Float64Array {
  const size = row.length;
  const results = new Float64Array(vectors.length / size);
  const inFours = results.length - (results.length % 4);
  for (let i = 0; i < inFours; i += 4) {
    let [a, b, c, d] = [0, 0, 0, 0];
    for (let k = 0, at = i * size; k < size; k++, at++) {
      const w = row[k] as number;
      a += (vectors[at] as number) * w;
      b += (vectors[at + size] as number) * w;
      c += (vectors[at + 2 * size] as number) * w;
      d += (vectors[at + 3 * size] as number) * w;
    }
    results[i] = a;
    results[i + 1] = b;
    results[i + 2] = c;
    results[i + 3] = d;
  }
  for (let i = inFours; i < results.length; i++) {
    let sum = 0;
    for (let k = 0, at = i * size; k < size; k++, at++) sum += (vectors[at] as number) * (row[k] as number);
    results[i] = sum;
  }
  return results;
}

/** By slot, under the scales of the plan; as far to one side of zero as to the other where zero points are all alike. */
function codesInUse(weights: readonly Float32Array[], quant: WeightQuant): readonly CodeRange[] {
  const { scales, zeroPoints, dtype, axis } = quant;
  const type = typeRange(dtype);
  const alike = zeroPoints.every(zero => zero === zeroPoints[0]);
  const found = Array.from(zeroPoints, zero => ({ min: zero, max: zero }));
  weights.forEach((row, output) => {
    const slot = axis === undefined ? 0 : output;
    const codes = found[slot] as { min: number; max: number };
    for (const w of row) {
      const code = quantizeValue(
        w,
        { scale: scales[slot] as number, zeroPoint: zeroPoints[slot] as number },
        type,
      );
      codes.min = Math.min(codes.min, code);
      codes.max = Math.max(codes.max, code);
    }
  });
  return found.map(({ min, max }, slot) => {
    if (!alike) return { min, max };
    const zero = zeroPoints[slot] as number;
    const reach = Math.max(zero - min, max - zero);
    return { min: Math.max(zero - reach, type.min), max: Math.min(zero + reach, type.max) };
  });
}
