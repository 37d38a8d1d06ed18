/**
 * Removes what has outlived its time: documents by their last use, then content that no document names, then what
 * interrupted writes and dead sandboxes left behind.
 *
 * Invariant: content younger than `GRACE_MS` stays, since an upload is stored before its document.
 */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFile } from '../contracts/common.ts';
import { DOCUMENT_KINDS, type Store } from '../contracts/store.ts';

const HOUR_MS = 3_600_000;
export const GRACE_MS = HOUR_MS;

export interface Swept {
  readonly documents: number;
  readonly blobs: number;
  readonly partial: number;
}

export async function sweep(store: Store, retentionHours: number, now: number): Promise<Swept> {
  const named = new Set<string>();
  let documents = 0;
  for (const kind of DOCUMENT_KINDS)
    for await (const { id, usedAt } of store.documents(kind)) {
      if (usedAt < now - retentionHours * HOUR_MS) {
        await store.deleteDocument(kind, id);
        documents++;
      } else for (const { sha256 } of contentOf(await store.getDocument(kind, id))) named.add(sha256);
    }
  let blobs = 0;
  for await (const { id, usedAt } of store.blobs())
    if (!named.has(id) && usedAt < now - GRACE_MS) {
      await store.deleteBlob(id);
      blobs++;
    }
  return { documents, blobs, partial: await store.sweepPartial(now - 24 * HOUR_MS) };
}

/** Every kind of document names its content in one of these fields. */
interface NamesContent {
  readonly files?: readonly StoredFile[];
  readonly file?: StoredFile;
  readonly artifacts?: readonly StoredFile[];
}

export function contentOf(document: unknown): readonly StoredFile[] {
  const { files = [], file, artifacts = [] } = (document ?? {}) as NamesContent;
  return [...files, ...(file ? [file] : []), ...artifacts];
}

/** Folders of sandboxes whose worker was killed. */
export async function sweepScratch(scratch: string, before: number): Promise<void> {
  for (const name of await readdir(scratch).catch(() => [])) {
    const path = join(scratch, name);
    const found = await stat(path).catch(() => undefined);
    if (found && found.mtimeMs < before) await rm(path, { recursive: true, force: true });
  }
}
