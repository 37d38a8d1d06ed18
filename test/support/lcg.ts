/** Numbers that any language can make again: s = (1664525 s + 1013904223) mod 2^32, value = (s >> 8) / 2^24 - 0.5. */

/** `count` float32 values in [-scale / 2, scale / 2). Each is computed in double and rounded once. */
export function lcgFloats(count: number, scale: number, seed: number): Float32Array {
  const values = new Float32Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    values[i] = ((state >>> 8) / 2 ** 24 - 0.5) * scale;
  }
  return values;
}
