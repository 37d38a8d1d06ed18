/**
 * Flags for V8 in the process of a job. What it holds lies outside of V8's heap, in the runtime and in typed arrays; objects
 * that live shortly are few, and what takes time runs in the runtime and in WebAssembly.
 *
 * - V8 would let its nursery grow to 16 MB each half before it looks what of it still lives, which is more than a small job
 *   takes for everything else; 1 MB each costs no time that could be measured (ADR 28).
 * - Values of a run, outside of the heap, set a collection off for every 64 MiB. Threads that help with the 10 MB inside take
 *   the cores from the runtime's (ADR 25).
 * - Most of our code runs a few hundred times in a job. To optimize it takes memory, and the cores of the runtime; one thread
 *   does it, and code has to earn it by running longer (ADR 33). Since version 12 V8 has a tier in between and thresholds to
 *   match, under other names.
 */
export const V8_FLAGS: readonly string[] = [
  '--max-semi-space-size=1',
  '--single-threaded-gc',
  '--v8-pool-size=1',
  ...(Number.parseInt(process.versions.v8, 10) < 12 ? ['--interrupt-budget=400000'] : []),
];
