/**
 * The inner loops of Xᵀ X.
 *
 * Invariant: only the upper triangle is written; sums are doubles. Four vectors are added at once, so that each element
 * of the triangle is read and written once for four products.
 */
const VECTORS = 4;

/** triangle += upper triangle of rowsᵀ rows. @param rows [vectors, size] */
export function gramInto(triangle: Float64Array, rows: Float32Array, size: number): void {
  const whole = rows.length - (rows.length % (VECTORS * size));
  for (let start = 0; start < whole; start += VECTORS * size) four(triangle, rows, start, size);
  for (let start = whole; start < rows.length; start += size) one(triangle, rows, start, size);
}

function four(triangle: Float64Array, rows: Float32Array, start: number, size: number): void {
  const b = start + size;
  const c = b + size;
  const d = c + size;
  let at = 0;
  for (let i = 0; i < size; i++) {
    const x0 = rows[start + i] as number;
    const x1 = rows[b + i] as number;
    const x2 = rows[c + i] as number;
    const x3 = rows[d + i] as number;
    // Activations behind a Relu are mostly zeros.
    if (x0 === 0 && x1 === 0 && x2 === 0 && x3 === 0) {
      at += size - i;
      continue;
    }
    for (let j = i; j < size; j++, at++)
      triangle[at] =
        (triangle[at] as number) +
        (x0 * (rows[start + j] as number) +
          x1 * (rows[b + j] as number) +
          x2 * (rows[c + j] as number) +
          x3 * (rows[d + j] as number));
  }
}

function one(triangle: Float64Array, rows: Float32Array, start: number, size: number): void {
  let at = 0;
  for (let i = 0; i < size; i++) {
    const x = rows[start + i] as number;
    for (let j = i; j < size; j++, at++)
      triangle[at] = (triangle[at] as number) + x * (rows[start + j] as number);
  }
}
