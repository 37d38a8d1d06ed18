/**
 * The inner loops of Xᵀ X: products of columns of X, two by four at a time (kernels/assembly/dot-tile.ts).
 *
 * Invariant: only the upper triangle is written; sums are doubles. As many vectors are added at once as fit into the room:
 * each element of the triangle, which is larger than any cache, is read and written once for all of them.
 */
import { KernelMemory } from '../kernels/memory.ts';
import { triangleRow } from './triangle.ts';

/** Of doubles: 4 MiB. */
const ROOM = 2 ** 19;
/** A sum over fewer vectors costs less than to bring them to the kernel. */
const FEW_VECTORS = 8;
/** Columns of X that stay in the second-level cache while those of the first-level go by; rows and columns of the triangle. */
const [ROWS, COLUMNS] = [16, 128];
const SUMS = 8;
const DOUBLE = Float64Array.BYTES_PER_ELEMENT;
/** What blocks lose by their alignment, together. */
const SLACK = 2 * 64;

/** triangle += upper triangle of rowsᵀ rows. @param rows [vectors, size] */
export function gramInto(triangle: Float64Array, rows: Float32Array, size: number): void {
  const atOnce = Math.max(FEW_VECTORS, Math.floor(ROOM / size));
  for (let start = 0; start < rows.length; start += atOnce * size) {
    const part = rows.subarray(start, start + atOnce * size);
    if (part.length < FEW_VECTORS * size)
      for (let at = 0; at < part.length; at += size) addOne(triangle, part.subarray(at, at + size));
    else Room.of(size).add(triangle, part, size);
  }
}

function addOne(triangle: Float64Array, row: Float32Array): void {
  let at = 0;
  for (let i = 0; i < row.length; i++) {
    const x = row[i] as number;
    for (let j = i; j < row.length; j++, at++)
      triangle[at] = (triangle[at] as number) + x * (row[j] as number);
  }
}

/** Columns of vectors, where the kernel reaches them. */
class Room {
  static #last: Room | undefined;
  readonly #kernels;
  readonly #columns;
  readonly #sums;

  private constructor(length: number) {
    const memory = new KernelMemory(DOUBLE * (length + SUMS) + SLACK);
    this.#kernels = memory.kernels;
    this.#columns = memory.take(Float64Array, length);
    this.#sums = memory.take(Float64Array, SUMS);
  }

  static of(size: number): Room {
    const length = Math.max(ROOM, FEW_VECTORS * size);
    if (!Room.#last || Room.#last.#columns.length < length) Room.#last = new Room(length);
    return Room.#last;
  }

  add(triangle: Float64Array, rows: Float32Array, size: number): void {
    const vectors = rows.length / size;
    const columns = this.#columns.array;
    for (let row = 0, from = 0; row < vectors; row++)
      for (let i = 0; i < size; i++, from++) columns[i * vectors + row] = rows[from] as number;
    for (let left = 0; left < size; left += COLUMNS) {
      const right = Math.min(left + COLUMNS, size);
      for (let top = 0; top < right; top += ROWS)
        this.#addTiles(triangle, { size, vectors, left, right, top, bottom: Math.min(top + ROWS, right) });
    }
  }

  /** Of some rows and columns of the triangle. */
  #addTiles(triangle: Float64Array, { size, vectors, left, right, top, bottom }: Part): void {
    const { dotTile } = this.#kernels;
    const sums = this.#sums.array;
    const [base, out, stride] = [this.#columns.at, this.#sums.at, DOUBLE * vectors];
    // Past the end stands the last column once more, and what comes of it is not read.
    const last = base + stride * (size - 1);
    for (let i = top; i < bottom; i += 2) {
      const a = base + stride * i;
      const b = Math.min(a + stride, last);
      const [first, second] = [triangleRow(i, size), triangleRow(i + 1, size)];
      // The first tile reaches the diagonal.
      for (let j = Math.max(left, i - (i % 4)); j < right; j += 4) {
        const p = base + stride * j;
        const q = Math.min(p + stride, last);
        const r = Math.min(q + stride, last);
        dotTile(a, b, p, q, r, Math.min(r + stride, last), vectors, out);
        const end = Math.min(j + 4, right);
        for (let k = Math.max(i, j); k < end; k++)
          triangle[first + k] = (triangle[first + k] as number) + (sums[k - j] as number);
        if (i + 1 < bottom)
          for (let k = Math.max(i + 1, j); k < end; k++)
            triangle[second + k] = (triangle[second + k] as number) + (sums[4 + k - j] as number);
      }
    }
  }
}

interface Part {
  readonly size: number;
  readonly vectors: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}
