/**
 * How far one output of a model is from the same output of a reference, over all samples:
 *
 *   SQNR      10 log10(sum r² / sum (r - x)²), in dB             300 without error, -300 where x is not finite
 *   cosine    r·x / (|r| |x|), over all elements of all samples
 *   max abs   the largest |r - x|
 *   agreement share of rows (last axis) with the same argmax, for outputs that can be scores: [rows, classes] or
 *             [batch, rows, classes]; for an output that is not float, share of equal elements
 *
 * How many elements an output has may depend on values: boxes above a threshold, the places that are not zero. Elements of
 * another number have no counterparts; in such a sample each of both sides stands against zero.
 *
 * Invariant: constant memory, float64 sums; elements where the reference itself is not finite count only as broken.
 */
import { numbers } from '../data/floats.ts';
import type { RuntimeTensor } from '../data/samples.ts';
import { isFloat } from '../tensor/dtype.ts';
import { argmax } from './class-rows.ts';
import { MIN_DB, ratioDb } from './decibel.ts';

/** Samples in which the number of elements differs, and the shapes of the first of them. */
export interface OtherShapes {
  readonly samples: number;
  readonly reference: readonly number[];
  readonly got: readonly number[];
}

export interface OutputFigures {
  /** Undefined for an output that is not float. */
  readonly sqnrDb: number | undefined;
  readonly cosine: number | undefined;
  readonly maxAbsError: number;
  /** Undefined where an argmax makes no sense: an image, or one score. */
  readonly agreement: number | undefined;
  /** False where an element is not finite though the reference's is. */
  readonly finite: boolean;
  /** False where the reference itself gave a NaN or an infinity. */
  readonly referenceFinite: boolean;
  /** Undefined where every sample has as many elements as the reference. */
  readonly otherShapes: OtherShapes | undefined;
}

export class OutputComparison {
  #signal = 0;
  #noise = 0;
  #dot = 0;
  #power = 0;
  #maxAbs = 0;
  #rows = 0;
  #agreeing = 0;
  #finite = true;
  #referenceFinite = true;
  #float = true;
  #otherShapes: OtherShapes | undefined;

  add(reference: RuntimeTensor, got: RuntimeTensor): void {
    const wanted = numbers(reference);
    const values = numbers(got);
    this.#float = isFloat(reference.dtype);
    if (wanted.length !== values.length) {
      const { samples, ...first } = this.#otherShapes ?? {
        samples: 0,
        reference: reference.dims,
        got: got.dims,
      };
      this.#otherShapes = { ...first, samples: samples + 1 };
      this.#withoutCounterparts(wanted, values);
      return;
    }
    for (let index = 0; index < wanted.length; index++) this.#element(wanted[index]!, values[index]!);
    if (this.#float) this.#compareRows(wanted, values, reference.dims);
  }

  #element(wanted: number, value: number): void {
    if (!this.#float) {
      this.#rows++;
      if (wanted === value) this.#agreeing++;
      this.#maxAbs = Math.max(this.#maxAbs, Math.abs(wanted - value));
      return;
    }
    if (!Number.isFinite(wanted)) {
      this.#referenceFinite = false;
      return;
    }
    if (!Number.isFinite(value)) {
      this.#finite = false;
      return;
    }
    const error = wanted - value;
    this.#signal += wanted * wanted;
    this.#noise += error * error;
    this.#dot += wanted * value;
    this.#power += value * value;
    this.#maxAbs = Math.max(this.#maxAbs, Math.abs(error));
  }

  #withoutCounterparts(wanted: ArrayLike<number>, values: ArrayLike<number>): void {
    if (!this.#float) this.#rows += Math.max(wanted.length, values.length);
    const power = (elements: ArrayLike<number>): number => {
      let sum = 0;
      for (let index = 0; index < elements.length; index++) {
        const x = elements[index]!;
        if (!Number.isFinite(x)) continue;
        sum += x * x;
        this.#maxAbs = Math.max(this.#maxAbs, Math.abs(x));
      }
      return sum;
    };
    const [signal, other] = [power(wanted), power(values)];
    this.#signal += signal;
    this.#power += other;
    this.#noise += signal + other;
  }

  #compareRows(wanted: ArrayLike<number>, values: ArrayLike<number>, dims: readonly number[]): void {
    const length = dims.length === 2 || dims.length === 3 ? dims[dims.length - 1]! : 0;
    if (length < 2) return;
    for (let start = 0; start < wanted.length; start += length) {
      this.#rows++;
      if (argmax(wanted, start, length) === argmax(values, start, length)) this.#agreeing++;
    }
  }

  figures(): OutputFigures {
    const norms = Math.sqrt(this.#signal * this.#power);
    return {
      sqnrDb: this.#float ? (this.#finite ? ratioDb(this.#signal, this.#noise) : MIN_DB) : undefined,
      cosine: this.#float && norms > 0 ? this.#dot / norms : undefined,
      maxAbsError: this.#maxAbs,
      agreement: this.#rows > 0 ? this.#agreeing / this.#rows : undefined,
      finite: this.#finite,
      referenceFinite: this.#referenceFinite,
      otherShapes: this.#otherShapes,
    };
  }
}
