/**
 * GPTQ: weights to codes one input at a time, where each weight makes good what rounding those before it has spoiled.
 *
 * The maths is in error-feedback.ts. Output channels do not depend on one another; a tile of them is worked on at once.
 * Inputs are taken in panels, and panels in blocks: inside a block each error goes to the weights that follow at once, to
 * those behind it in products of matrices when the block and when the panel is done ("lazy batch updates").
 *
 * Invariant: a code lies in [min, max] of the grid; it is what the grid makes of the weight plus the errors carried to
 * it, so that with a diagonal Hessian the codes are those of round-to-nearest. The grid is fixed before: then weights may
 * be rounded in any order, which is worth more than fitting each block to what has been carried to it (ADR 8).
 *
 * Source: Frantar et al., "GPTQ: Accurate Post-Training Quantization for Generative Pre-trained Transformers",
 * arXiv 2210.17323, algorithm 1.
 */
import { triangleRow } from '../../calibration/triangle.ts';
import { carryErrors, type Rounded } from './carry-errors.ts';
import type { ErrorFeedback } from './error-feedback.ts';
import { PANEL, TILE } from './rounding-room.ts';

/** A matrix of weights: weight (channel n, feature k) stands at n * channelStride + k * featureStride. */
export interface WeightMatrix {
  readonly data: Float32Array;
  /** Outputs. */
  readonly channels: number;
  /** Inputs: the axis that is summed over. */
  readonly features: number;
  readonly channelStride: number;
  readonly featureStride: number;
}

/** Where codes may lie: real = (code - zeroPoints[slot]) * scales[slot]; a scale of zero decodes to zeros. */
export interface RoundingGrid {
  readonly min: number;
  readonly max: number;
  /** The largest distance of a code from its zero point, by slot, where that is less than the grid allows. */
  readonly reach?: Int32Array;
  /** Features that share a scale; `features` (or more) for one scale per channel. */
  readonly blockSize: number;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  /** Where the scale of a channel's block stands in `scales`. */
  readonly slotOf: (channel: number, block: number) => number;
}

/** Features of a panel whose errors go to one another at once, and then to the rest of the panel together. */
const BLOCK = 16;

/** Codes in the order of `matrix.data`: signed where the grid reaches below zero. */
export function gptq(
  matrix: WeightMatrix,
  feedback: ErrorFeedback,
  grid: RoundingGrid,
): Int8Array | Uint8Array {
  const { data, channels, features } = matrix;
  const { room, order } = feedback;
  if (room.size !== features)
    throw new RangeError(`feedback for ${room.size} features, weights have ${features}`);
  const codes = grid.min < 0 ? new Int8Array(data.length) : new Uint8Array(data.length);
  // What is still to be rounded, with errors carried in; and the errors made so far in this panel.
  const { weights, errors } = room;
  for (let first = 0; first < channels; first += TILE) {
    const count = Math.min(TILE, channels - first);
    gather(matrix, order, first, count, weights);
    // Channels are carried in pairs: an odd one goes with a row of no errors.
    const pairs = count + (count % 2);
    errors.fill(0, count * PANEL);
    for (let start = 0; start < features; start += PANEL) {
      const end = Math.min(start + PANEL, features);
      for (let from = start; from < end; from += BLOCK) {
        const block = { panel: start, start: from, end: Math.min(from + BLOCK, end) };
        for (let c = 0; c < count; c++) roundBlock(matrix, feedback, grid, first + c, block, c, codes);
        carryErrors(room, pairs, block, end);
      }
      carryErrors(room, pairs, { panel: start, start, end }, features);
    }
  }
  return codes;
}

function gather(
  { data, features, channelStride, featureStride }: WeightMatrix,
  order: Uint32Array | undefined,
  first: number,
  count: number,
  target: Float64Array,
): void {
  for (let k = 0; k < features; k++) {
    const from = (order ? (order[k] as number) : k) * featureStride + first * channelStride;
    for (let c = 0; c < count; c++) target[c * features + k] = data[from + c * channelStride] as number;
  }
}

function roundBlock(
  matrix: WeightMatrix,
  { room, order }: ErrorFeedback,
  grid: RoundingGrid,
  channel: number,
  { panel, start, end }: Rounded,
  tileRow: number,
  codes: Int8Array | Uint8Array,
): void {
  const { data, channelStride, featureStride } = matrix;
  const { triangle, size, weights, errors } = room;
  const { reach, blockSize, scales, zeroPoints, slotOf } = grid;
  let { min, max } = grid;
  const base = tileRow * size;
  let block = -1;
  let scale = 0;
  let zeroPoint = 0;
  for (let k = start; k < end; k++) {
    const feature = order ? (order[k] as number) : k;
    const at = channel * channelStride + feature * featureStride;
    const itsBlock = Math.floor(feature / blockSize);
    if (itsBlock !== block) {
      block = itsBlock;
      const slot = slotOf(channel, block);
      scale = scales[slot] as number;
      zeroPoint = zeroPoints[slot] as number;
      if (reach) {
        min = Math.max(grid.min, zeroPoint - (reach[slot] as number));
        max = Math.min(grid.max, zeroPoint + (reach[slot] as number));
      }
    }
    const exact = (weights[base + k] as number) / scale + zeroPoint;
    const code = scale === 0 ? zeroPoint : Math.min(Math.max(Math.floor(exact + 0.5), min), max);
    codes[at] = code;
    const error = (data[at] as number) - (code - zeroPoint) * scale;
    errors[tileRow * PANEL + k - panel] = error;
    const row = triangleRow(k, size);
    for (let j = k + 1; j < end; j++)
      weights[base + j] = (weights[base + j] as number) + error * (triangle[row + j] as number);
  }
}
