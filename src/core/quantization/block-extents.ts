/**
 * Smallest and largest element of each block along an axis, in the opset-21 scale layout [outer, blocks, inner].
 *
 * Invariant: as tensor/reduce.ts: NaN is carried into its block's result. The last block may be short. Comparisons pass
 * over NaN and are several times faster than Math.min and Math.max; data with NaN or infinity is read again with these.
 */
import type { AxisExtents, AxisView } from '../tensor/reduce.ts';

export function blockExtents(data: Float32Array, view: AxisView, blockSize: number): AxisExtents {
  const { outer, channels, inner } = view;
  const blocks = Math.ceil(channels / blockSize);
  const min = new Float32Array(outer * blocks * inner).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(outer * blocks * inner).fill(Number.NEGATIVE_INFINITY);
  let at = 0;
  // x - x is zero for every finite number and NaN for the others.
  let residue = 0;
  for (let o = 0; o < outer; o++)
    for (let b = 0; b < blocks; b++) {
      const slot = (o * blocks + b) * inner;
      const rows = Math.min(blockSize, channels - b * blockSize);
      residue +=
        inner === 1
          ? blockOfNeighbours(data, at, rows, min, max, slot)
          : blockOfRows(data, at, rows, inner, min, max, slot);
      at += rows * inner;
    }
  return residue === 0 ? { min, max } : carefully(data, view, blockSize, { min, max });
}

function blockOfNeighbours(
  data: Float32Array,
  start: number,
  count: number,
  min: Float32Array,
  max: Float32Array,
  slot: number,
): number {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let residue = 0;
  for (let at = start; at < start + count; at++) {
    const x = data[at] as number;
    if (x < low) low = x;
    if (x > high) high = x;
    residue += x - x;
  }
  min[slot] = low;
  max[slot] = high;
  return residue;
}

function blockOfRows(
  data: Float32Array,
  start: number,
  rows: number,
  inner: number,
  min: Float32Array,
  max: Float32Array,
  slot: number,
): number {
  let residue = 0;
  for (let row = 0; row < rows; row++) {
    const from = start + row * inner;
    for (let i = 0; i < inner; i++) {
      const x = data[from + i] as number;
      if (x < (min[slot + i] as number)) min[slot + i] = x;
      if (x > (max[slot + i] as number)) max[slot + i] = x;
      residue += x - x;
    }
  }
  return residue;
}

function carefully(
  data: Float32Array,
  { outer, channels, inner }: AxisView,
  blockSize: number,
  { min, max }: AxisExtents,
): AxisExtents {
  const blocks = Math.ceil(channels / blockSize);
  for (let at = 0; at < outer * channels * inner; at++) {
    const x = data[at] as number;
    const channel = Math.floor(at / inner) % channels;
    const block = Math.floor(at / (inner * channels)) * blocks + Math.floor(channel / blockSize);
    const slot = block * inner + (at % inner);
    min[slot] = Math.min(min[slot] as number, x);
    max[slot] = Math.max(max[slot] as number, x);
  }
  return { min, max };
}
