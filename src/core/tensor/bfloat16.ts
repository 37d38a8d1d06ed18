/**
 * bfloat16 (the upper half of a float32) to and from float32, in bulk. Elements are held as their bits.
 *
 * Invariant: as float16.ts: nearest, ties to even; NaN stays NaN; a finite value beyond the range is counted and
 * becomes infinite, or the largest finite value where the caller clamps.
 */
import type { Narrowed, NarrowOptions } from './float16.ts';

const MAX_BITS = 0x7f7f;
/** Largest finite value. */
export const MAX_BFLOAT16 = (2 - 2 ** -7) * 2 ** 127;
const INFINITY_BITS = 0x7f80;
const QUIET_NAN_BITS = 0x7fc0;
const FLOAT32_INFINITY = 0x7f800000;
/** Float32 bits of the first value that rounds up to infinity. */
const OVERFLOW = 0x7f7f8000;

export function toBfloat16(source: Float32Array, { clamp }: NarrowOptions = { clamp: false }): Narrowed {
  const words = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const bits = new Uint16Array(source.length);
  const overflow = clamp ? MAX_BITS : INFINITY_BITS;
  let overflowed = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    const size = word & 0x7fffffff;
    if (size < OVERFLOW) {
      bits[i] = (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
    } else {
      const sign = (word >>> 16) & 0x8000;
      if (size < FLOAT32_INFINITY) {
        bits[i] = sign | overflow;
        overflowed++;
      } else bits[i] = sign | (size > FLOAT32_INFINITY ? QUIET_NAN_BITS : INFINITY_BITS);
    }
  }
  return { bits, overflowed };
}

export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = (bits[i] as number) << 16;
  return new Float32Array(words.buffer);
}
