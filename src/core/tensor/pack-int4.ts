/**
 * 4-bit elements, two per byte, the first in the low nibble: the layout of ONNX int4 and uint4 `raw_data` and, row by
 * row, of MatMulNBits. An odd count leaves the last high nibble zero.
 *
 * Source: onnx.proto, TensorProto.int32_data and raw_data, "uint4 and int4 values must be packed to 4bitx2".
 */

/** Signed or unsigned codes alike: only the low four bits of each are kept. */
export function packInt4(codes: Int8Array | Uint8Array): Uint8Array {
  const packed = new Uint8Array((codes.length + 1) >>> 1);
  const pairs = codes.length >>> 1;
  for (let i = 0; i < pairs; i++)
    packed[i] = ((codes[2 * i] as number) & 15) | (((codes[2 * i + 1] as number) & 15) << 4);
  if (codes.length & 1) packed[pairs] = (codes[codes.length - 1] as number) & 15;
  return packed;
}

/** int4: -8 to 7. */
export function unpackInt4(packed: Uint8Array, count: number): Int8Array {
  const codes = new Int8Array(count);
  for (let i = 0; i < count; i++) {
    const byte = packed[i >>> 1] as number;
    codes[i] = i & 1 ? (byte << 24) >> 28 : (byte << 28) >> 28;
  }
  return codes;
}

/** uint4: 0 to 15. */
export function unpackUint4(packed: Uint8Array, count: number): Uint8Array {
  const codes = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const byte = packed[i >>> 1] as number;
    codes[i] = i & 1 ? byte >>> 4 : byte & 15;
  }
  return codes;
}
