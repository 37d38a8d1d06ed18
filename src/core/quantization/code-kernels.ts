/** The inner loops from codes to real values: exactly what DequantizeLinear does to each element (qparams.ts). */
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
