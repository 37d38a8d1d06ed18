/**
 * The largest size that each channel of a value reaches. Memory: one number for each channel.
 *
 * Invariant: all runs agree on the number of channels; where one does not, or has no such axis, nothing is said of the
 * value: its declared shape was false in a way that no inference can see.
 */
import { absMaxAlong } from '../tensor/reduce.ts';
import type { Statistic } from './observer.ts';

export class ChannelMaxima implements Statistic {
  readonly axis: number;
  #maxima: Float32Array | undefined;
  #isFalse = false;

  constructor(axis: number) {
    this.axis = axis;
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    const known = this.#maxima;
    if (this.axis >= dims.length || (known && dims[this.axis] !== known.length)) this.#isFalse = true;
    if (this.#isFalse) return;
    const seen = absMaxAlong(data, dims, this.axis);
    this.#maxima = known ? known.map((x, c) => Math.max(x, seen[c] as number)) : seen;
  }

  /** Undefined where nothing was observed, or where the runs do not agree. */
  maxima(): Float32Array | undefined {
    return this.#isFalse ? undefined : this.#maxima;
  }
}
