/**
 * H = R Rᵀ with R upper triangular, in place: Cholesky's factorisation from the last row to the first.
 *
 *   R_jj = √(H_jj - Σ_{k>j} R_jk²),   R_ij = (H_ij - Σ_{k>j} R_ik R_jk) / R_jj   for i < j
 *
 * All sums run along rows, which is how the triangle lies in memory (calibration/triangle.ts). Columns are taken in
 * panels: the sums over finished columns are products of long rows and are formed two rows by four at a time
 * (kernels/assembly/dot-tile.ts).
 */
import { triangleRow } from '../../calibration/triangle.ts';
import type { RoundingRoom } from './rounding-room.ts';

const PANEL = 16;

/** @throws RangeError where H is not positive definite (damped sums of squares always are, unless they overflow) */
export function factorUpper(room: RoundingRoom): void {
  const { size, triangle } = room;
  for (let end = size; end > 0; end -= PANEL) {
    const start = Math.max(0, end - PANEL);
    if (end < size) subtractFinished(room, start, end);
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
function subtractFinished(room: RoundingRoom, start: number, end: number): void {
  const { size, triangle: t } = room;
  // Inside the panel, where i <= j cuts the tiles, and the rows that fill no pair.
  for (let i = start; i < end; i++) {
    const row = triangleRow(i, size);
    for (let j = i; j < end; j++)
      t[row + j] = (t[row + j] as number) - dot(t, row, triangleRow(j, size), end, size);
  }
  const pairs = start - (start % 2);
  const quads = end - ((end - start) % 4);
  for (let i = 0; i < pairs; i += 2) for (let j = start; j < quads; j += 4) tile(room, i, j, end);
  for (let i = 0; i < start; i++) {
    const row = triangleRow(i, size);
    for (let j = i < pairs ? quads : start; j < end; j++)
      t[row + j] = (t[row + j] as number) - dot(t, row, triangleRow(j, size), end, size);
  }
}

function tile(room: RoundingRoom, i: number, j: number, end: number): void {
  const { size, triangle, kernels } = room;
  const { at: out, array: sums } = room.sums;
  kernels.dotTile(
    room.factorAt(i, end),
    room.factorAt(i + 1, end),
    room.factorAt(j, end),
    room.factorAt(j + 1, end),
    room.factorAt(j + 2, end),
    room.factorAt(j + 3, end),
    size - end,
    out,
  );
  for (let row = 0; row < 2; row++) {
    const at = triangleRow(i + row, size) + j;
    for (let column = 0; column < 4; column++)
      triangle[at + column] = (triangle[at + column] as number) - (sums[4 * row + column] as number);
  }
}
