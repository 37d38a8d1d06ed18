/**
 * Bytes that one key may keep: the files of its models and datasets.
 *
 * Invariant: counted from the documents themselves, so that no counter can drift; a count is believed for `BELIEVED_MS`.
 */
import type { Store } from '../contracts/store.ts';
import { BitpressError } from '../errors.ts';
import type { Owner } from '../jobs/ownership.ts';
import { contentOf } from '../jobs/retention.ts';

const BELIEVED_MS = 5_000;

export interface ByteQuota {
  /**
   * The bytes that a request may still bring.
   * @param store of the owner @throws BitpressError quota_exceeded
   */
  budget(owner: Owner, store: Store): Promise<number>;
  exceeded(): BitpressError;
}

export function byteQuota(bytesPerKey: number): ByteQuota {
  const counts = new Map<string, { readonly bytes: number; readonly at: number }>();
  const used = async (owner: string, store: Store): Promise<number> => {
    const known = counts.get(owner);
    const now = performance.now();
    if (known && now - known.at < BELIEVED_MS) return known.bytes;
    const bytes = await storedBytes(store);
    counts.set(owner, { bytes, at: now });
    return bytes;
  };
  const exceeded = (): BitpressError =>
    new BitpressError('quota_exceeded', `this key may keep ${bytesPerKey} bytes`, {
      limit: 'BITPRESS_BYTES_PER_KEY',
    });
  return {
    async budget(owner, store) {
      if (owner === undefined) return Number.MAX_SAFE_INTEGER;
      const left = bytesPerKey - (await used(owner, store));
      if (left <= 0) throw exceeded();
      return left;
    },
    exceeded,
  };
}

/** Content that several documents name counts once. */
async function storedBytes(store: Store): Promise<number> {
  const sizes = new Map<string, number>();
  for (const kind of ['models', 'datasets'] as const)
    for await (const { id } of store.documents(kind))
      for (const { sha256, bytes } of contentOf(await store.getDocument(kind, id))) sizes.set(sha256, bytes);
  return [...sizes.values()].reduce((sum, size) => sum + size, 0);
}
