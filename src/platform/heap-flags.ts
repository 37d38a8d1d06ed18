/**
 * Flags for V8 in the process of a job. What it holds lies outside of V8's heap, in the runtime and in typed arrays; objects
 * that live shortly are few.
 *
 * - V8 would let its nursery grow to 16 MB each half before it looks what of it still lives, which is more than a small job
 *   takes for everything else; 1 MB each costs no time that could be measured (ADR 28).
 * - Values of a run, outside of the heap, set a collection off for every 64 MiB. Threads that help with the 10 MB inside take
 *   the cores from the runtime's (ADR 25).
 */
export const HEAP_FLAGS = ['--max-semi-space-size=1', '--single-threaded-gc'] as const;
