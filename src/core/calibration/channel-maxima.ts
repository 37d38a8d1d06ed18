/** The largest size that each channel of a value reaches. Memory: one number for each channel. */
import { absMaxAlong } from '../tensor/reduce.ts';
import type { Statistic } from './observer.ts';

export class ChannelMaxima implements Statistic {
  readonly axis: number;
  #maxima: Float32Array | undefined;

  constructor(axis: number) {
    this.axis = axis;
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    const seen = absMaxAlong(data, dims, this.axis);
    const known = this.#maxima;
    this.#maxima = known ? known.map((x, c) => Math.max(x, seen[c] ?? 0)) : seen;
  }

  /** Undefined where nothing was observed. */
  maxima(): Float32Array | undefined {
    return this.#maxima;
  }
}
