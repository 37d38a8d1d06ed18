/**
 * VPMADDUBSW: two products of a uint8 and an int8 are added and saturated to int16.
 *
 *   sum = saturate16(a[k] * w[k] + a[k + 1] * w[k + 1])        k even
 *
 * A pair is safe whatever the activations are when 255 * (|w[k]| + |w[k + 1]|) fits, which is up to |w| + |w| = 128.
 * Source: Intel 64 and IA-32 Architectures Software Developer's Manual, PMADDUBSW.
 */
const INT16_MAX = 32_767;
const INT16_MIN = -32_768;
const SAFE_SUM = 128;

/** What saturation adds to the exact sum of a pair; 0 where it fits. */
export function pairOvershoot(a0: number, w0: number, a1: number, w1: number): number {
  const sum = a0 * w0 + a1 * w1;
  return Math.min(Math.max(sum, INT16_MIN), INT16_MAX) - sum;
}

/** First elements of the pairs that can saturate. @param weights codes along the depth */
export function riskyPairs(weights: Int8Array): readonly number[] {
  const found: number[] = [];
  for (let k = 0; k < weights.length; k += 2)
    if (Math.abs(weights[k] as number) + Math.abs(weights[k + 1] ?? 0) > SAFE_SUM) found.push(k);
  return found;
}

/**
 * What saturation adds to a dot product.
 * @param row codes of the input channels @param channels the channel at each step of the depth
 */
export function overshoot(
  row: Uint8Array,
  channels: Int32Array,
  weights: Int8Array,
  pairs: readonly number[],
): number {
  let sum = 0;
  for (const k of pairs)
    sum += pairOvershoot(
      row[channels[k] as number] as number,
      weights[k] as number,
      row[channels[k + 1] ?? -1] ?? 0,
      weights[k + 1] ?? 0,
    );
  return sum;
}
