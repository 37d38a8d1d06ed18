/**
 * Environment of processes that load models and give them up again: glibc's allocator, as mallopt(3) describes it.
 *
 * Once a large block was freed, glibc raises the size from which it maps blocks by themselves, up to 32 MB, and later
 * blocks share arenas that never shrink below what lives at their top: after its sessions are closed, a job goes on holding
 * what they took. A fixed threshold keeps large blocks apart, and freeing one gives it back (ADR 29). It stands above the size
 * of most activations: those are taken and freed in every run, and would be mapped anew each time. Other C libraries do not
 * read these names.
 */
const MMAP_BYTES = 8 * 2 ** 20;
const TRIM_BYTES = 64 * 2 ** 20;

export const ALLOCATOR_ENV = {
  MALLOC_MMAP_THRESHOLD_: String(MMAP_BYTES),
  MALLOC_TRIM_THRESHOLD_: String(TRIM_BYTES),
} as const;
