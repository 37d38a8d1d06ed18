/**
 * Dot products of one layer whose products are added by pairs into 16 bits, with saturation, by the kernels of
 * kernels/assembly/saturated-sums.ts: some rows of uint8 codes with the weights of one output at a time.
 *
 * Neighbours along the depth are pairs; at the end of an odd depth stands one product alone.
 */
import { type Block, KernelMemory } from './memory.ts';

const LANES = 8;
/** What blocks lose by their alignment, together. */
const SLACK = 4 * 64;

export class PairSums {
  readonly depth: number;
  readonly #count: number;
  readonly #padded: number;
  readonly #kernels: KernelMemory['kernels'];
  readonly #rows: Block<Uint16Array>;
  readonly #weights: Block<Float32Array>;
  readonly #codes: Block<Uint16Array>;
  readonly #sums: Block<Float64Array>;

  /** @param count of rows */
  constructor(depth: number, count: number) {
    this.depth = depth;
    this.#count = count;
    this.#padded = Math.ceil(depth / LANES) * LANES;
    // One row more, of ones: its sum is that of the codes.
    const rows = (count + 1) * this.#padded;
    const memory = new KernelMemory(2 * rows + 6 * this.#padded + 8 * (count + 1) + SLACK);
    this.#kernels = memory.kernels;
    this.#rows = memory.take(Uint16Array, rows);
    this.#weights = memory.take(Float32Array, this.#padded);
    this.#codes = memory.take(Uint16Array, this.#padded);
    this.#sums = memory.take(Float64Array, count + 1);
    this.#rows.array.fill(1, count * this.#padded, count * this.#padded + depth);
  }

  /** Sets one row. @param codeAt code, 0 to 255, at each step of the depth */
  setRow(row: number, codeAt: (k: number) => number): void {
    const codes = this.#rows.array.subarray(row * this.#padded);
    for (let k = 0; k < this.depth; k++) codes[k] = codeAt(k);
  }

  /** The weights of the output in question, to be written here. */
  get weights(): Float32Array {
    return this.#weights.array.subarray(0, this.depth);
  }

  /** Encodes the weights as int8, zero point 0. True where a pair of codes saturates with some activations. */
  encode(scale: number): boolean {
    return this.#kernels.pairCodes(this.#weights.at, this.#padded, scale, this.#codes.at) === 1;
  }

  /** True where a pair of any row saturates with the codes. */
  saturates(): boolean {
    return this.#kernels.anySaturates(this.#rows.at, this.#count, this.#padded, this.#codes.at) === 1;
  }

  /** Sum of saturated pairs of each row, less what its zero point adds. @param zero code of zero in the rows */
  saturated(zero: number): Float64Array {
    const sums = this.#sumsOfPairs();
    const offset = zero * (sums[this.#count] as number);
    return sums.subarray(0, this.#count).map(sum => sum - offset);
  }

  /** Of these sums, in units of the codes' scale, to others: squares, added up. */
  squaredError(exact: Float64Array, scale: number, zero: number): number {
    const sums = this.#sumsOfPairs();
    const offset = zero * (sums[this.#count] as number);
    let energy = 0;
    for (let row = 0; row < exact.length; row++)
      energy += (((sums[row] as number) - offset) * scale - (exact[row] as number)) ** 2;
    return energy;
  }

  /** The same with the weights themselves, in their units. */
  exact(zero: number): Float64Array {
    this.#kernels.centredSums(
      this.#rows.at,
      this.#count,
      this.#padded,
      this.#weights.at,
      zero,
      this.#sums.at,
    );
    return this.#sums.array.slice(0, this.#count);
  }

  /** With that of the codes behind those of the rows. */
  #sumsOfPairs(): Float64Array {
    this.#kernels.saturatedSums(this.#rows.at, this.#count + 1, this.#padded, this.#codes.at, this.#sums.at);
    return this.#sums.array;
  }
}
