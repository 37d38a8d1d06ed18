/** The two 16-bit floats, one element at a time. Rounding is to nearest even. */

const scratch = new DataView(new ArrayBuffer(4));
/** Smallest normal and smallest subnormal of binary16. */
const MIN_NORMAL = 2 ** -14;
const SUBNORMAL_STEP = 2 ** -24;
/** Halfway between the largest binary16 (65504) and the next power of two. */
const OVERFLOW = 65520;

export function decodeHalf(bits: number): number {
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent === 0 ? fraction * SUBNORMAL_STEP : (1 + fraction / 1024) * 2 ** (exponent - 15));
}

export function encodeHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (size >= OVERFLOW) return sign | 0x7c00;
  if (size < MIN_NORMAL) return sign | roundEven(size / SUBNORMAL_STEP);
  const exponent = Math.floor(Math.log2(Math.fround(size)));
  const step = 2 ** (exponent - 10);
  // A carry out of the fraction runs into the exponent, as it should.
  return sign | (((exponent + 14) << 10) + roundEven(size / step));
}

export function decodeBfloat16(bits: number): number {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

export function encodeBfloat16(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function roundEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 === 1) ? low + 1 : low;
}
