/**
 * Where GPTQ works: a triangle of factors, a tile of weights and the errors of a panel, all where the kernels reach them.
 *
 * Invariant: all of it is taken at once, so that arrays and addresses stay good. It goes with the object.
 */
import { triangleLength, triangleRow } from '../../calibration/triangle.ts';
import { type Block, KernelMemory } from '../../kernels/memory.ts';

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
  /** Of a tile of products: two rows by four. */
  readonly sums: Block<Float64Array>;
  /** Bytes from a channel's weights, and errors, to the next one's. */
  readonly strides: { readonly weights: number; readonly errors: number };
  readonly #triangle: Block<Float64Array>;
  readonly #weights: Block<Float64Array>;
  readonly #errors: Block<Float64Array>;

  constructor(size: number) {
    this.size = size;
    this.strides = { weights: DOUBLE * size, errors: DOUBLE * PANEL };
    const memory = new KernelMemory(RoundingRoom.bytes(size));
    this.kernels = memory.kernels;
    this.#triangle = memory.take(Float64Array, triangleLength(size));
    this.#weights = memory.take(Float64Array, TILE * size);
    this.#errors = memory.take(Float64Array, TILE * PANEL);
    this.sums = memory.take(Float64Array, SUMS);
  }

  /** An upper triangle by rows (calibration/triangle.ts). */
  get triangle(): Float64Array {
    return this.#triangle.array;
  }

  /** [TILE, size] */
  get weights(): Float64Array {
    return this.#weights.array;
  }

  /** [TILE, PANEL] */
  get errors(): Float64Array {
    return this.#errors.array;
  }

  static bytes(size: number): number {
    return DOUBLE * (triangleLength(size) + TILE * (size + PANEL) + SUMS) + SLACK;
  }

  /** Address of the factor at (i, j), j >= i. */
  factorAt(i: number, j: number): number {
    return this.#triangle.at + DOUBLE * (triangleRow(i, this.size) + j);
  }

  /** @param channel of the tile @param k feature */
  weightAt(channel: number, k: number): number {
    return this.#weights.at + channel * this.strides.weights + DOUBLE * k;
  }

  /** @param channel of the tile @param k feature of the panel */
  errorAt(channel: number, k: number): number {
    return this.#errors.at + channel * this.strides.errors + DOUBLE * k;
  }
}
