/**
 * 4-bit codes, two to a byte, the first in the low half.
 *
 * @param at one code a byte, of which the low four bits are kept
 * @param out ceil(count / 2) bytes; may be `at`, as it is written behind what is read
 */
export function packNibbles(at: usize, count: i32, out: usize): void {
  const end = at + <usize>count;
  const low = i16x8.splat(0x0f);
  const high = i16x8.splat(0xf0);
  for (; at + 32 <= end; at += 32, out += 16) {
    const a = v128.load(at);
    const b = v128.load(at, 16);
    v128.store(
      out,
      i8x16.narrow_i16x8_u(
        v128.or(v128.and(a, low), v128.and(i16x8.shr_u(a, 4), high)),
        v128.or(v128.and(b, low), v128.and(i16x8.shr_u(b, 4), high)),
      ),
    );
  }
  for (; at + 2 <= end; at += 2, out++) store<u8>(out, (load<u8>(at) & 15) | (load<u8>(at, 1) << 4));
  if (at < end) store<u8>(out, load<u8>(at) & 15);
}
