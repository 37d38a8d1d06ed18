/**
 * H = R Rᵀ with R upper triangular, in place: Cholesky's factorisation from the last row to the first.
 *
 *   R_jj = √(H_jj - Σ_{k>j} R_jk²),   R_ij = (H_ij - Σ_{k>j} R_ik R_jk) / R_jj   for i < j
 *
 * All sums run along rows, which is how the triangle lies in memory (calibration/second-moment.ts). Columns are taken in
 * panels: the sums over finished columns are products of long rows and are formed two rows by four at a time.
 */
import { triangleRow } from '../../calibration/second-moment.ts';

const PANEL = 64;

/** @throws RangeError where H is not positive definite (damped sums of squares always are, unless they overflow) */
export function factorUpper(triangle: Float64Array, size: number): void {
  for (let end = size; end > 0; end -= PANEL) {
    const start = Math.max(0, end - PANEL);
    if (end < size) subtractFinished(triangle, size, start, end);
    for (let j = end - 1; j >= start; j--) {
      const row = triangleRow(j, size);
      const pivot = (triangle[row + j] as number) - dot(triangle, row, row, j + 1, end);
      if (!(pivot > 0)) throw new RangeError(`the matrix is not positive definite at row ${j}`);
      const root = Math.sqrt(pivot);
      triangle[row + j] = root;
      for (let i = start; i < j; i++) solve(triangle, triangleRow(i, size), row, j, end, root);
    }
    // Rows above the panel: each is solved against the finished panel, right to left.
    for (let i = 0; i < start; i++) {
      const target = triangleRow(i, size);
      for (let j = end - 1; j >= start; j--) {
        const row = triangleRow(j, size);
        solve(triangle, target, row, j, end, triangle[row + j] as number);
      }
    }
  }
}

function solve(t: Float64Array, target: number, row: number, j: number, end: number, root: number): void {
  t[target + j] = ((t[target + j] as number) - dot(t, target, row, j + 1, end)) / root;
}

function dot(t: Float64Array, a: number, b: number, from: number, to: number): number {
  let sum = 0;
  for (let k = from; k < to; k++) sum += (t[a + k] as number) * (t[b + k] as number);
  return sum;
}

/** H_ij -= Σ_{k>=end} R_ik R_jk for all i <= j of the panel's columns. */
function subtractFinished(t: Float64Array, size: number, start: number, end: number): void {
  // Inside the panel, where i <= j cuts the tiles, and the rows that fill no pair.
  for (let i = start; i < end; i++) {
    const row = triangleRow(i, size);
    for (let j = i; j < end; j++)
      t[row + j] = (t[row + j] as number) - dot(t, row, triangleRow(j, size), end, size);
  }
  const pairs = start - (start % 2);
  const quads = end - ((end - start) % 4);
  for (let i = 0; i < pairs; i += 2) for (let j = start; j < quads; j += 4) tile(t, size, i, j, end);
  for (let i = 0; i < start; i++) {
    const row = triangleRow(i, size);
    for (let j = i < pairs ? quads : start; j < end; j++)
      t[row + j] = (t[row + j] as number) - dot(t, row, triangleRow(j, size), end, size);
  }
}

function tile(t: Float64Array, size: number, i: number, j: number, end: number): void {
  const a = triangleRow(i, size);
  const b = triangleRow(i + 1, size);
  const p = triangleRow(j, size);
  const q = triangleRow(j + 1, size);
  const r = triangleRow(j + 2, size);
  const s = triangleRow(j + 3, size);
  let a0 = 0;
  let a1 = 0;
  let a2 = 0;
  let a3 = 0;
  let b0 = 0;
  let b1 = 0;
  let b2 = 0;
  let b3 = 0;
  for (let k = end; k < size; k++) {
    const x = t[a + k] as number;
    const y = t[b + k] as number;
    const p0 = t[p + k] as number;
    const p1 = t[q + k] as number;
    const p2 = t[r + k] as number;
    const p3 = t[s + k] as number;
    a0 += x * p0;
    a1 += x * p1;
    a2 += x * p2;
    a3 += x * p3;
    b0 += y * p0;
    b1 += y * p1;
    b2 += y * p2;
    b3 += y * p3;
  }
  t[a + j] = (t[a + j] as number) - a0;
  t[a + j + 1] = (t[a + j + 1] as number) - a1;
  t[a + j + 2] = (t[a + j + 2] as number) - a2;
  t[a + j + 3] = (t[a + j + 3] as number) - a3;
  t[b + j] = (t[b + j] as number) - b0;
  t[b + j + 1] = (t[b + j + 1] as number) - b1;
  t[b + j + 2] = (t[b + j + 2] as number) - b2;
  t[b + j + 3] = (t[b + j + 3] as number) - b3;
}
