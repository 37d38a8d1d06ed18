/**
 * Smallest and largest element of each block along an axis, in the opset-21 scale layout [outer, blocks, inner].
 *
 * Invariant: as tensor/reduce.ts: one pass, NaN is carried into its block's result. The last block may be short.
 */
import type { AxisExtents, AxisView } from '../tensor/reduce.ts';

export function blockExtents(
  data: Float32Array,
  { outer, channels, inner }: AxisView,
  blockSize: number,
): AxisExtents {
  const blocks = Math.ceil(channels / blockSize);
  const min = new Float32Array(outer * blocks * inner).fill(Number.POSITIVE_INFINITY);
  const max = new Float32Array(outer * blocks * inner).fill(Number.NEGATIVE_INFINITY);
  let at = 0;
  for (let o = 0; o < outer; o++)
    for (let b = 0; b < blocks; b++) {
      const slot = (o * blocks + b) * inner;
      const rows = Math.min(blockSize, channels - b * blockSize);
      if (inner === 1) {
        let low = Number.POSITIVE_INFINITY;
        let high = Number.NEGATIVE_INFINITY;
        for (const end = at + rows; at < end; at++) {
          const x = data[at] as number;
          low = Math.min(low, x);
          high = Math.max(high, x);
        }
        min[slot] = low;
        max[slot] = high;
      } else
        for (let k = 0; k < rows; k++)
          for (let i = 0; i < inner; i++) {
            const x = data[at++] as number;
            min[slot + i] = Math.min(min[slot + i] as number, x);
            max[slot + i] = Math.max(max[slot + i] as number, x);
          }
    }
  return { min, max };
}
