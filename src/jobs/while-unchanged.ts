/**
 * Reads that are kept while nothing has changed, for a queue whose every change passes through this process.
 *
 * Invariant: what is given was read after the last change that it could show, so it is what a read of this moment would
 * give; a cache with a lifetime could not promise that.
 */

/** As many as clients poll at once; beyond that the oldest are read again. */
const KEPT = 2_000;

export function whileUnchanged<R>(
  read: (key: string) => Promise<R>,
  revision: (key: string) => number,
): (key: string) => Promise<R> {
  const kept = new Map<string, { readonly at: number; readonly answer: Promise<R> }>();
  return key => {
    const at = revision(key);
    const known = kept.get(key);
    if (known?.at === at) return known.answer;
    // The number is of before the read: a change during it makes it another.
    const entry = { at, answer: read(key) };
    entry.answer.catch(() => {
      if (kept.get(key) === entry) kept.delete(key);
    });
    kept.delete(key);
    kept.set(key, entry);
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
    return entry.answer;
  };
}
