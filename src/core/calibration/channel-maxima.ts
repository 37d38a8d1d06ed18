/**
 * The largest size that each channel of a value reaches. Memory: one number for each channel.
 *
 * Invariant: there is one number for each of the channels that were asked for; where a run has another number of them, or
 * no such axis, nothing is said of the value: its declared shape is false in a way that no inference could see.
 */
import { absMaxAlong } from '../tensor/reduce.ts';
import type { Statistic } from './observer.ts';

export class ChannelMaxima implements Statistic {
  readonly axis: number;
  readonly channels: number;
  #maxima: Float32Array | undefined;
  #contradicted = false;

  constructor(axis: number, channels: number) {
    this.axis = axis;
    this.channels = channels;
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    if (dims[this.axis] !== this.channels) this.#contradicted = true;
    if (this.#contradicted) return;
    const seen = absMaxAlong(data, dims, this.axis);
    this.#maxima = this.#maxima?.map((x, c) => Math.max(x, seen[c] as number)) ?? seen;
  }

  /** Undefined where nothing was observed, or where a run contradicts what was asked for. */
  maxima(): Float32Array | undefined {
    return this.#contradicted ? undefined : this.#maxima;
  }
}
