/**
 * Where GPTQ works: a triangle of factors, a tile of weights and the errors of a panel, all where the kernels reach them.
 *
 * Invariant: all of it is taken at once, so that arrays and addresses stay good. It goes with the object.
 */
import { triangleLength, triangleRow } from '../../calibration/triangle.ts';
import { KernelMemory } from '../../kernels/memory.ts';

/** Channels at once: enough to use a panel of factors many times while it is in the cache. Even. */
export const TILE = 32;
/** Features whose errors are carried on together; a whole number of the usual blocks. */
export const PANEL = 128;

const SUMS = 8;
/** What blocks lose by their alignment, together. */
const SLACK = 4 * 64;
const DOUBLE = Float64Array.BYTES_PER_ELEMENT;

export class RoundingRoom {
  readonly size: number;
  readonly kernels: KernelMemory['kernels'];
  /** An upper triangle by rows (calibration/triangle.ts). */
  readonly triangle: Float64Array;
  /** [TILE, size] */
  readonly weights: Float64Array;
  /** [TILE, PANEL] */
  readonly errors: Float64Array;
  /** Of a tile of products: two rows by four. */
  readonly sums: Float64Array;
  readonly sumsAt: number;
  readonly #triangleAt: number;
  readonly #weightsAt: number;
  readonly #errorsAt: number;

  constructor(size: number) {
    this.size = size;
    const memory = new KernelMemory(RoundingRoom.bytes(size));
    this.kernels = memory.kernels;
    const triangle = memory.take(Float64Array, triangleLength(size));
    const weights = memory.take(Float64Array, TILE * size);
    const errors = memory.take(Float64Array, TILE * PANEL);
    const sums = memory.take(Float64Array, SUMS);
    [this.#triangleAt, this.#weightsAt, this.#errorsAt, this.sumsAt] = [
      triangle.at,
      weights.at,
      errors.at,
      sums.at,
    ];
    [this.triangle, this.weights, this.errors, this.sums] = [
      triangle.array,
      weights.array,
      errors.array,
      sums.array,
    ];
  }

  static bytes(size: number): number {
    return DOUBLE * (triangleLength(size) + TILE * (size + PANEL) + SUMS) + SLACK;
  }

  /** Address of the factor at (i, j), j >= i. */
  factorAt(i: number, j: number): number {
    return this.#triangleAt + DOUBLE * (triangleRow(i, this.size) + j);
  }

  /** @param channel of the tile @param k feature */
  weightAt(channel: number, k: number): number {
    return this.#weightsAt + DOUBLE * (channel * this.size + k);
  }

  /** @param channel of the tile @param k feature of the panel */
  errorAt(channel: number, k: number): number {
    return this.#errorsAt + DOUBLE * (channel * PANEL + k);
  }
}
