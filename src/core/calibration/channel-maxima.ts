/**
 * The largest size that each channel of a value reaches. Memory: one number for each channel.
 *
 * Invariant: there is one number for each of the channels that were asked for; where a run has another number of them, or
 * no such axis, nothing is said of the value: its declared shape is false in a way that no inference could see.
 */
import { absMaxAlong } from '../tensor/reduce.ts';
import type { Tally } from './tally.ts';

export class ChannelMaxima implements Tally {
  readonly axis: number;
  readonly channels: number;
  #maxima: Float32Array | undefined;
  #contradicted = false;

  constructor(axis: number, channels: number) {
    this.axis = axis;
    this.channels = channels;
  }

  get kind() {
    return { type: 'channel-maxima', axis: this.axis, channels: this.channels } as const;
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    if (dims[this.axis] !== this.channels) this.#contradicted = true;
    if (this.#contradicted) return;
    this.#see(absMaxAlong(data, dims, this.axis));
  }

  /** Whether it is contradicted, then the maxima, if there are any. */
  held(): Float64Array {
    return Float64Array.of(this.#contradicted ? 1 : 0, ...(this.#maxima ?? []));
  }

  merge(held: Float64Array): void {
    if (held[0] === 1) this.#contradicted = true;
    else if (held.length > 1) this.#see(Float32Array.from(held.subarray(1)));
  }

  /** Undefined where nothing was observed, or where a run contradicts what was asked for. */
  maxima(): Float32Array | undefined {
    return this.#contradicted ? undefined : this.#maxima;
  }

  #see(seen: Float32Array): void {
    this.#maxima = this.#maxima?.map((x, c) => Math.max(x, seen[c] as number)) ?? seen;
  }
}
