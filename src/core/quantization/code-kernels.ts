/**
 * The inner loops between real values and codes.
 *
 * Invariant: each does exactly what QuantizeLinear and DequantizeLinear do to each element (qparams.ts), in float32
 * where the operator works in float32. Codes of unsigned types are written through a signed array over the same bytes,
 * so that each loop sees one array type and stays compiled for it. Imported constants are read once before a loop: a
 * loader may turn the import into a getter. Quotients are clamped before they are rounded, which is the same for ends that
 * are integers, and by comparison: Math.min and Math.max look at the sign of zero, which costs more than the division.
 */
import { type CodeRange, ROUNDING_BIAS } from './qparams.ts';

export type CodeArray = Int8Array | Int16Array;

/** Elements from `start` to `end` with one scale. */
export function encodeRun(
  source: Float32Array,
  target: CodeArray,
  start: number,
  end: number,
  scale: number,
  zeroPoint: number,
  { min, max }: CodeRange,
): void {
  const bias = ROUNDING_BIAS;
  const low = min - zeroPoint;
  const high = max - zeroPoint;
  for (let i = start; i < end; i++) {
    let quotient = Math.fround((source[i] as number) / scale);
    if (quotient < low) quotient = low;
    else if (quotient > high) quotient = high;
    target[i] = quotient + bias - bias + zeroPoint;
  }
}

/** `width` elements from `start`, each with its own scale: those from `scaleStart` on. */
export function encodeRow(
  source: Float32Array,
  target: CodeArray,
  start: number,
  width: number,
  scales: Float32Array,
  zeroPoints: Int32Array,
  scaleStart: number,
  { min, max }: CodeRange,
): void {
  const bias = ROUNDING_BIAS;
  for (let i = 0; i < width; i++) {
    let quotient = Math.fround((source[start + i] as number) / (scales[scaleStart + i] as number));
    const zeroPoint = zeroPoints[scaleStart + i] as number;
    const low = min - zeroPoint;
    const high = max - zeroPoint;
    if (quotient < low) quotient = low;
    else if (quotient > high) quotient = high;
    target[start + i] = quotient + bias - bias + zeroPoint;
  }
}

export function decodeRun(
  codes: ArrayLike<number>,
  target: Float32Array,
  start: number,
  end: number,
  scale: number,
  zeroPoint: number,
): void {
  for (let i = start; i < end; i++) target[i] = ((codes[i] as number) - zeroPoint) * scale;
}

export function decodeRow(
  codes: ArrayLike<number>,
  target: Float32Array,
  start: number,
  width: number,
  scales: Float32Array,
  zeroPoints: Int32Array,
  scaleStart: number,
): void {
  for (let i = 0; i < width; i++)
    target[start + i] =
      ((codes[start + i] as number) - (zeroPoints[scaleStart + i] as number)) *
      (scales[scaleStart + i] as number);
}
