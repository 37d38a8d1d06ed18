/**
 * A few of the vectors that enter a dot product: channels of one position of an image, or one row of a matrix. Half of
 * them are spread evenly over all that were seen, half are the ones with the largest sum, whose codes are largest.
 *
 * Invariant: memory is constant, at most `MAX_ELEMENTS` floats twice over, and what is kept does not depend on how the
 * vectors were cut into runs.
 */
import type { Statistic } from '../../calibration/observer.ts';
import { elementCount } from '../../tensor/tensor.ts';

/** Where the channels of a value lie: axis 1 of an image (Conv), or the last axis (MatMul, Gemm). */
export type ChannelAxis = 'second' | 'last';

const MAX_ROWS = 32;
const MIN_ROWS = 4;
const MAX_ELEMENTS = 32_768;

export class SampledRows implements Statistic {
  readonly axis: ChannelAxis;
  #channels = 0;
  #seen = 0;
  #stride = 1;
  #even: Float32Array[] = [];
  /** The heaviest first. */
  readonly #heavy: { readonly sum: number; readonly row: Float32Array }[] = [];

  constructor(axis: ChannelAxis) {
    this.axis = axis;
  }

  /** Each of as many floats as there are channels. */
  get rows(): readonly Float32Array[] {
    return [...this.#even, ...this.#heavy.map(({ row }) => row)];
  }

  observe(data: Float32Array, _samples: number, dims: readonly number[]): void {
    const at = this.axis === 'second' ? 1 : dims.length - 1;
    const channels = dims[at] ?? 0;
    if (channels === 0 || data.length === 0) return;
    this.#channels = channels;
    const limit = Math.min(MAX_ROWS, Math.max(MIN_ROWS, Math.floor(MAX_ELEMENTS / channels)));
    // Elements between two channels of one row: 1 where they are neighbours.
    const inner = elementCount(dims.slice(at + 1));
    for (let block = 0; block < data.length; block += channels * inner)
      for (let start = block; start < block + inner; start++) this.#see(data, start, inner, limit);
  }

  #see(data: Float32Array, start: number, step: number, limit: number): void {
    let sum = 0;
    const end = start + this.#channels * step;
    for (let at = start; at < end; at += step) sum += data[at] as number;
    const isEven = this.#seen % this.#stride === 0;
    const lightest = this.#heavy[limit - 1];
    if (isEven || !lightest || sum > lightest.sum) {
      const row = new Float32Array(this.#channels);
      for (let c = 0; c < row.length; c++) row[c] = data[start + c * step] as number;
      if (isEven) this.#keepEven(row, limit);
      if (!lightest || sum > lightest.sum) this.#keepHeavy(sum, row, limit);
    }
    this.#seen++;
  }

  #keepEven(row: Float32Array, limit: number): void {
    this.#even.push(row);
    if (this.#even.length < 2 * limit) return;
    this.#even = this.#even.filter((_, index) => index % 2 === 0);
    this.#stride *= 2;
  }

  #keepHeavy(sum: number, row: Float32Array, limit: number): void {
    const place = this.#heavy.findIndex(other => sum > other.sum);
    this.#heavy.splice(place < 0 ? this.#heavy.length : place, 0, { sum, row });
    if (this.#heavy.length > limit) this.#heavy.pop();
  }
}
