/**
 * Bytes that one key may keep: the files of its models and datasets.
 *
 * Invariant: counted from the documents themselves, so that no counter can drift; a count is believed for `BELIEVED_MS`.
 */
import type { Store } from '../contracts/store.ts';
import { BitpressError } from '../errors.ts';
import type { Owner } from '../jobs/ownership.ts';
import { contentOf } from '../jobs/retention.ts';
import type { ApiDeps } from './deps.ts';

const BELIEVED_MS = 5_000;
const counts = new Map<string, { readonly bytes: number; readonly at: number }>();

/**
 * The bytes that a request may still bring.
 * @param store of the owner @throws BitpressError quota_exceeded
 */
export async function uploadBudget(owner: Owner, { store, bytesPerKey }: ApiDeps): Promise<number> {
  if (owner === undefined) return Number.MAX_SAFE_INTEGER;
  const left = bytesPerKey - (await usedBytes(owner, store));
  if (left <= 0) throw quotaExceeded(bytesPerKey);
  return left;
}

export function quotaExceeded(bytesPerKey: number): BitpressError {
  return new BitpressError('quota_exceeded', `this key may keep ${bytesPerKey} bytes`, {
    limit: 'BITPRESS_BYTES_PER_KEY',
  });
}

async function usedBytes(owner: string, store: Store): Promise<number> {
  const known = counts.get(owner);
  const now = performance.now();
  if (known && now - known.at < BELIEVED_MS) return known.bytes;
  const sizes = new Map<string, number>();
  for (const kind of ['models', 'datasets'] as const)
    for await (const { id } of store.documents(kind))
      for (const { sha256, bytes } of contentOf(await store.getDocument(kind, id))) sizes.set(sha256, bytes);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  counts.set(owner, { bytes, at: now });
  return bytes;
}
