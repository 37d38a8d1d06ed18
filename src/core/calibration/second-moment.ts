/**
 * Sum of x xᵀ over all vectors x that enter a matrix product: half the Hessian of its squared output error.
 *
 *   |X (W - Q)|²  has the Hessian  H = 2 Xᵀ X,  the same for every column of W
 *
 * Invariant: memory is that of one triangle of doubles, 4 size² bytes, however many vectors are added; the sum is
 * independent of how the vectors are cut into calls (to the rounding of doubles).
 */
import { gramInto } from './gram-kernel.ts';
import { triangleLength } from './triangle.ts';

export class SecondMoment {
  readonly size: number;
  /** Upper triangle of the sum (triangle.ts). */
  readonly triangle: Float64Array;
  #vectors = 0;

  constructor(size: number) {
    this.size = size;
    this.triangle = new Float64Array(triangleLength(size));
  }

  /** Bytes that an instance of this size holds. */
  static bytes(size: number): number {
    return triangleLength(size) * Float64Array.BYTES_PER_ELEMENT;
  }

  /** How many vectors the sum is over. */
  get vectors(): number {
    return this.#vectors;
  }

  /** @param rows vectors one after another, [vectors, size], all finite */
  add(rows: Float32Array): void {
    if (rows.length % this.size !== 0)
      throw new RangeError(`${rows.length} elements are no whole vectors of ${this.size}`);
    gramInto(this.triangle, rows, this.size);
    this.#vectors += rows.length / this.size;
  }

  /** Adds a product Xᵀ X that was formed elsewhere. @param gram [size, size] @param vectors rows of X */
  addGram(gram: Float32Array, vectors: number): void {
    const { size, triangle } = this;
    if (gram.length !== size * size)
      throw new RangeError(`${gram.length} elements are no matrix of ${size} by ${size}`);
    for (let i = 0, at = 0; i < size; i++)
      for (let j = i; j < size; j++, at++)
        triangle[at] = (triangle[at] as number) + (gram[i * size + j] as number);
    this.#vectors += vectors;
  }

  /** Adds the sum over other vectors of the same size. */
  addMoment({ triangle, vectors }: SecondMoment): void {
    for (let at = 0; at < triangle.length; at++)
      this.triangle[at] = (this.triangle[at] as number) + (triangle[at] as number);
    this.#vectors += vectors;
  }
}
