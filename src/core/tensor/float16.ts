/**
 * IEEE 754 binary16 to and from float32, in bulk. Elements are held as their bits.
 *
 * Invariant: rounding is to nearest, ties to even; NaN stays NaN, infinity stays infinity, the sign of zero is kept.
 * A finite float32 beyond the type's range becomes infinite, or the largest finite value where the caller clamps, and
 * is counted either way.
 */

/** Bits and value of the largest finite binary16. */
export const MAX_FLOAT16_BITS = 0x7bff;
export const MAX_FLOAT16 = 65504;
/** Half of the smallest binary16, 2^-24: it rounds to zero, as everything below it. */
export const LARGEST_ZERO_FLOAT16 = 2 ** -25;
/** Numbers below it have fewer than 11 bits: at 1e-6 four of them are left. */
export const SMALLEST_NORMAL_FLOAT16 = 2 ** -14;
const INFINITY_BITS = 0x7c00;
const QUIET_NAN_BITS = 0x7e00;

const FLOAT32_INFINITY = 0x7f800000;
/** Float32 bits of 65520: the first value that rounds away from 65504 to what would be 65536. */
const OVERFLOW = 0x477ff000;
/** Float32 bits of 2^-14, the smallest normal binary16. */
const SMALLEST_NORMAL = 0x38800000;
/** Moves the exponent bias from 127 to 15 and adds just under half a unit of the 13 bits that are dropped. */
const REBIAS_AND_ROUND = ((15 - 127) << 23) + 0x0fff;
/** Float32 of 0.5: adding it aligns a subnormal's last bit with the last bit of the sum, which rounds half to even. */
const SUBNORMAL_MAGIC = 0.5;
const SUBNORMAL_MAGIC_BITS = 0x3f000000;

export interface Narrowed {
  readonly bits: Uint16Array;
  /** Finite elements beyond the range of the type. */
  readonly overflowed: number;
}

export interface NarrowOptions {
  /** Finite elements beyond the range become the largest finite value instead of infinity. */
  readonly clamp: boolean;
}

export function toFloat16(source: Float32Array, { clamp }: NarrowOptions = { clamp: false }): Narrowed {
  const words = new Uint32Array(source.buffer, source.byteOffset, source.length);
  const bits = new Uint16Array(source.length);
  const scratch = new Float32Array(1);
  const scratchBits = new Uint32Array(scratch.buffer);
  const overflow = clamp ? MAX_FLOAT16_BITS : INFINITY_BITS;
  let overflowed = 0;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as number;
    const sign = (word >>> 16) & 0x8000;
    const size = word & 0x7fffffff;
    if (size >= SMALLEST_NORMAL && size < OVERFLOW) {
      bits[i] = sign | ((size + REBIAS_AND_ROUND + ((size >>> 13) & 1)) >>> 13);
    } else if (size < SMALLEST_NORMAL) {
      scratch[0] = Math.abs(source[i] as number) + SUBNORMAL_MAGIC;
      bits[i] = sign | ((scratchBits[0] as number) - SUBNORMAL_MAGIC_BITS);
    } else if (size < FLOAT32_INFINITY) {
      bits[i] = sign | overflow;
      overflowed++;
    } else {
      bits[i] = sign | (size > FLOAT32_INFINITY ? QUIET_NAN_BITS : INFINITY_BITS);
    }
  }
  return { bits, overflowed };
}

export function fromFloat16(bits: Uint16Array): Float32Array {
  const table = decodeTable();
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i] as number] as number;
  return values;
}

let decoded: Float32Array | undefined;

/** Every one of the 65536 values, made at first use (256 KiB): a look-up has no branches. */
function decodeTable(): Float32Array {
  if (decoded) return decoded;
  const table = new Float32Array(0x10000);
  for (let bits = 0; bits < 0x10000; bits++) {
    const exponent = (bits >>> 10) & 31;
    const fraction = bits & 1023;
    const size =
      exponent === 31
        ? fraction
          ? Number.NaN
          : Number.POSITIVE_INFINITY
        : exponent === 0
          ? fraction * 2 ** -24
          : (1024 + fraction) * 2 ** (exponent - 25);
    table[bits] = bits & 0x8000 ? -size : size;
  }
  decoded = table;
  return table;
}
