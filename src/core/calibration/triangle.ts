/** Where the elements of an upper triangle stand: by rows, (i, j), j >= i, at i * size - i (i - 1) / 2 + j - i. */

/** Position of row `i`'s (absent) element 0, so that (i, j) stands at `triangleRow(i, size) + j`. */
export function triangleRow(i: number, size: number): number {
  return i * size - (i * (i + 1)) / 2;
}

export function triangleLength(size: number): number {
  return (size * (size + 1)) / 2;
}
