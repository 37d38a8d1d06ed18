/**
 * Blocks of weights beyond round-to-nearest: grids that are searched for, and codes that are chosen with their errors in
 * mind. Both begin with the grids of round-to-nearest (block-rtn.ts).
 */
import { blocksOf, slotOf } from '../block-rtn.ts';
import type { WeightQuant } from '../plan.ts';
import { SMALLEST_SCALE, typeRange } from '../qparams.ts';
import type { BlockFit } from './block-fit.ts';
import type { ErrorFeedback } from './error-feedback.ts';
import { gptq } from './gptq.ts';

/** Puts what `fit` chooses in the place of each block's scale and zero point. */
export function fitBlocks(
  data: Float32Array,
  dims: readonly number[],
  quant: WeightQuant,
  { fit: search, symmetric }: { readonly fit: BlockFit; readonly symmetric: boolean },
): WeightQuant {
  const { axis = 0, blockSize = 1, dtype } = quant;
  const shape = blocksOf(dims, axis, blockSize);
  const { rows, columns, blocks, rowStride, columnStride } = shape;
  const scales = quant.scales.slice();
  const zeroPoints = quant.zeroPoints.slice();
  const codes = { top: typeRange(dtype).max, symmetric };
  for (let column = 0; column < columns; column++)
    for (let block = 0; block < blocks; block++) {
      const slot = slotOf(axis, shape, column, block);
      const start = { scale: scales[slot] as number, zeroPoint: zeroPoints[slot] as number };
      if (!isNormal(start.scale)) continue;
      const first = block * blockSize;
      const weights = Float64Array.from(
        { length: Math.min(blockSize, rows - first) },
        (_, i) => data[(first + i) * rowStride + column * columnStride] as number,
      );
      const chosen = search(weights, start, codes);
      scales[slot] = chosen.scale;
      zeroPoints[slot] = chosen.zeroPoint;
    }
  return { ...quant, scales, zeroPoints };
}

/** Other scales are of blocks of zeros, or near the ends of float32, where nothing can be gained. */
const isNormal = (scale: number): boolean => Math.abs(scale) >= SMALLEST_SCALE && Number.isFinite(scale);

/** Codes on the grids of `quant` with which the errors of a column cancel. */
export function roundBlocks(
  data: Float32Array,
  dims: readonly number[],
  quant: WeightQuant,
  feedback: ErrorFeedback,
): WeightQuant {
  const { axis = 0, blockSize = 1, scales, zeroPoints, dtype } = quant;
  const shape = blocksOf(dims, axis, blockSize);
  const { rows, columns, rowStride, columnStride } = shape;
  const codes = gptq(
    { data, channels: columns, features: rows, channelStride: columnStride, featureStride: rowStride },
    feedback,
    {
      ...typeRange(dtype),
      blockSize,
      scales,
      zeroPoints,
      slotOf: (column, block) => slotOf(axis, shape, column, block),
    },
  );
  return { ...quant, codes: new Uint8Array(codes.buffer) };
}
