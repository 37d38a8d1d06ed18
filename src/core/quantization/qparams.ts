/**
 * Scale and zero point: the only copy of the quantization maths.
 *
 *   y = saturate(round_half_even(x / scale) + zero_point)            ONNX QuantizeLinear
 *   x = (y - zero_point) * scale                                     ONNX DequantizeLinear
 *
 * Invariant: a scale is a finite, normal, positive float32; a zero point is a code of the type; zero has a code of its
 * own. The quotient x / scale is rounded to float32 before it is rounded to an integer, as the operator does.
 *
 * Source: https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html
 */
import type { Grid, Range } from '../calibration/observer.ts';
import type { DType } from '../tensor/dtype.ts';

export type QuantType = Extract<DType, 'int4' | 'uint4' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32'>;

/** Smallest and largest code of a grid, both ends included. */
export interface CodeRange {
  readonly min: number;
  readonly max: number;
}

export interface QParams {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface GridOptions {
  readonly dtype: QuantType;
  /** Zero point in the middle of the codes, range widened to [-absmax, absmax]. */
  readonly symmetric: boolean;
  /** One bit fewer, so that u8 x s8 products cannot saturate the 16-bit sums of CPUs without dot-product instructions. */
  readonly reduceRange?: boolean | undefined;
  /** The range is made at least this wide, by raising its upper end: a guard against scales too small for a kernel. */
  readonly minRange?: number | undefined;
}

interface TypeCodes {
  readonly full: CodeRange;
  /** Where it differs: signed types drop their lowest code, so that the grid is as long below zero as above. */
  readonly symmetric?: CodeRange;
  readonly reduced: CodeRange;
}

const CODES: Readonly<Record<QuantType, TypeCodes>> = {
  int4: { full: { min: -8, max: 7 }, reduced: { min: -4, max: 3 } },
  uint4: { full: { min: 0, max: 15 }, reduced: { min: 0, max: 7 } },
  int8: { full: { min: -128, max: 127 }, symmetric: { min: -127, max: 127 }, reduced: { min: -64, max: 64 } },
  uint8: { full: { min: 0, max: 255 }, reduced: { min: 0, max: 127 } },
  int16: {
    full: { min: -32768, max: 32767 },
    symmetric: { min: -32767, max: 32767 },
    reduced: { min: -16384, max: 16384 },
  },
  uint16: { full: { min: 0, max: 65535 }, reduced: { min: 0, max: 32767 } },
  int32: {
    full: { min: -2147483648, max: 2147483647 },
    symmetric: { min: -2147483647, max: 2147483647 },
    reduced: { min: -1073741824, max: 1073741824 },
  },
};

/** A table behind Gather smaller than this saves fewer bytes than the operator that decodes its rows adds. */
export const MIN_TABLE_ELEMENTS = 4096;

/** Share of the mean of a Hessian's diagonal that GPTQ adds to it: the paper's value. */
export const DAMPING = 0.01;

/**
 * Share of the estimated shrinkage that correlations are taken down by. The estimate is for the least error of the Hessian; rounding loses
 * less by half of it: under 0.25 dB where there is nothing to mend, and it leaves 0.7 of the 4.9 dB that chance costs (ADR 8).
 */
export const SHRINKAGE_SHARE = 0.5;

/** Below this a float32 is subnormal: kernels flush it to zero and the division by it overflows. */
export const SMALLEST_SCALE = 2 ** -126;

/**
 * Adding and taking away 1.5 * 2^52 rounds a double of magnitude below 2^51 to the nearest integer, ties to even: the
 * sum has no fraction bits left, and IEEE 754 addition rounds half to even. Bulk loops inline the two additions.
 */
export const ROUNDING_BIAS = 6755399441055744;

export function roundHalfEven(x: number): number {
  return Math.abs(x) < 2 ** 51 ? x + ROUNDING_BIAS - ROUNDING_BIAS : x;
}

/** The codes in use: the whole type, less the lowest code where symmetric, or one bit less where reduced. */
export function codeRange({ dtype, symmetric, reduceRange }: Omit<GridOptions, 'minRange'>): CodeRange {
  const codes = CODES[dtype];
  if (reduceRange) return codes.reduced;
  return symmetric ? (codes.symmetric ?? codes.full) : codes.full;
}

/** The whole type: where the runtime's QuantizeLinear saturates. */
export function typeRange(dtype: QuantType): CodeRange {
  return CODES[dtype].full;
}

/** The zero point of symmetric grids: 0 for int8, 128 for uint8. */
export function middleCode(options: Omit<GridOptions, 'minRange'>): number {
  const { min, max } = codeRange(options);
  return roundHalfEven((min + max) / 2);
}

/** The grid as observers need it, who weigh clipping against rounding. */
export function gridOf(options: Omit<GridOptions, 'minRange'>): Grid {
  const { min, max } = codeRange(options);
  return { levels: max - min + 1, symmetric: options.symmetric };
}

/** Scale and zero point for real values of `range`, which is widened to hold zero. @throws RangeError not finite. */
export function chooseQParams(range: Range, options: GridOptions): QParams {
  return fitCodes(range, codeRange(options), options.symmetric, options.minRange);
}

/** The same on codes that the caller names. */
export function fitCodes(range: Range, codes: CodeRange, symmetric: boolean, minRange?: number): QParams {
  if (!Number.isFinite(range.min) || !Number.isFinite(range.max))
    throw new RangeError(`range [${range.min}, ${range.max}] is not finite`);
  let low = Math.min(range.min, 0);
  let high = Math.max(range.max, 0);
  if (minRange !== undefined) high = Math.max(high, low + minRange);
  if (symmetric) {
    high = Math.max(-low, high);
    low = -high;
  }
  // The width is rounded to float32, as DynamicQuantizeLinear and the reference do; a double where it has no float32.
  const rounded = Math.fround(high - low);
  const width = Number.isFinite(rounded) ? rounded : high - low;
  const scale = width / (codes.max - codes.min);
  if (!(scale >= SMALLEST_SCALE)) return { scale: 1, zeroPoint: 0 };
  const zeroPoint = symmetric
    ? roundHalfEven((codes.min + codes.max) / 2)
    : roundHalfEven(codes.min - low / scale);
  return { scale: Math.fround(scale), zeroPoint };
}

/** One value through QuantizeLinear. */
export function quantizeValue(x: number, { scale, zeroPoint }: QParams, codes: CodeRange): number {
  const code = roundHalfEven(Math.fround(x / scale)) + zeroPoint;
  return Math.min(Math.max(code, codes.min), codes.max);
}

/** One code through DequantizeLinear. */
export function dequantizeValue(code: number, { scale, zeroPoint }: QParams): number {
  return Math.fround((code - zeroPoint) * scale);
}
