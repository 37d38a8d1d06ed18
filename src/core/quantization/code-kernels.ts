/** Inner loops: exactly what QuantizeLinear and DequantizeLinear do to each element (qparams.ts). */
import { type CodeRange, type QParams, ROUNDING_BIAS } from './qparams.ts';

/** Energy of the elements, and of what they lose on the way through their codes and back. */
export function roundTripEnergies(
  data: Float32Array,
  { scale, zeroPoint }: QParams,
  { min, max }: CodeRange,
): { readonly signal: number; readonly noise: number } {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < data.length; i++) {
    const x = data[i] as number;
    const nearest = Math.fround(x / scale) + ROUNDING_BIAS - ROUNDING_BIAS + zeroPoint;
    const code = nearest < min ? min : nearest > max ? max : nearest;
    const error = x - (code - zeroPoint) * scale;
    signal += x * x;
    noise += error * error;
  }
  return { signal, noise };
}

/** The real values that the elements have after their codes. */
export function roundTrip(
  data: Float32Array,
  { scale, zeroPoint }: QParams,
  { min, max }: CodeRange,
): Float32Array {
  const result = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const nearest = Math.fround((data[i] as number) / scale) + ROUNDING_BIAS - ROUNDING_BIAS + zeroPoint;
    const code = nearest < min ? min : nearest > max ? max : nearest;
    result[i] = (code - zeroPoint) * scale;
  }
  return result;
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
