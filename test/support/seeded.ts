/** Reproducible numbers: a linear congruential generator, so that other tools can make the same ones. */
export function uniform(count: number, seed: number): Float64Array {
  const values = new Float64Array(count);
  let state = seed;
  for (let i = 0; i < count; i++) {
    state = (state * 1664525 + 1013904223) % 4294967296;
    values[i] = state / 4294967296;
  }
  return values;
}

/** Standard normal, by Box and Muller's transform of neighbouring uniform numbers. */
export function normal(count: number, seed: number): Float32Array {
  const u = uniform(2 * count, seed);
  return Float32Array.from(
    { length: count },
    (_, i) =>
      Math.sqrt(-2 * Math.log(1 - (u[2 * i] as number))) * Math.cos(2 * Math.PI * (u[2 * i + 1] as number)),
  );
}
