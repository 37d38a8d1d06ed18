/**
 * The store on a folder, which several processes and machines may share.
 *
 *   blobs/ab/abcdef…      content by SHA-256        <kind>/<id>.json    documents        tmp/    writes under way
 *
 * Invariant: a name is a hash that was checked against a pattern, so no path comes from a client.
 */
import { constants, createReadStream } from 'node:fs';
import { access, copyFile, mkdir, opendir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { BLOB_ID, type Blob, DOCUMENT_ID, type Entry, type Store } from '../../contracts/store.ts';
import { BitpressError } from '../../errors.ts';
import { hashing } from './hashing.ts';
import { asStorageFull, createFrom, createWith, writeFileWhole } from './write-file.ts';

/** Folder levels by the first two digits keep directories small. */
const PREFIX = 2;

export function fileStore(root: string): Store {
  const temporary = join(root, 'tmp');
  const blobPath = (sha256: string): string =>
    join(root, 'blobs', checked(sha256, BLOB_ID).slice(0, PREFIX), sha256);
  const documentPath = (kind: string, id: string): string =>
    join(root, kind, `${checked(id, DOCUMENT_ID)}.json`);

  const store: Store = {
    async put(content, options = {}) {
      let blob: Blob | undefined;
      const hasher = hashing(options.maxBytes ?? Number.MAX_SAFE_INTEGER);
      try {
        await writeFileWhole(temporary, async path => {
          await createFrom(content, hasher, path, options.signal);
          blob = hasher.result();
          if (options.sha256 !== undefined && options.sha256 !== blob.sha256)
            throw new BitpressError('digest_mismatch', `the content has the SHA-256 ${blob.sha256}`);
          return (await touch(blobPath(blob.sha256))) ? undefined : blobPath(blob.sha256);
        });
      } finally {
        content.destroy();
      }
      return blob!;
    },

    async stat(sha256) {
      const found = await statOf(blobPath(sha256));
      return found && { sha256, bytes: found.size };
    },

    async read(sha256, range) {
      const path = blobPath(sha256);
      if (!(await statOf(path))) throw goneBlob(sha256);
      return createReadStream(path, range ? { start: range.start, end: range.end } : {});
    },

    async copyTo(sha256, path) {
      try {
        await copyFile(blobPath(sha256), path, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      } catch (error) {
        throw isMissing(error) ? goneBlob(sha256) : asStorageFull(error);
      }
    },

    async deleteBlob(sha256) {
      await rm(blobPath(sha256), { force: true });
    },

    async *blobs() {
      for await (const folder of list(join(root, 'blobs')))
        yield* entries(join(root, 'blobs', folder), '', '');
    },

    async putDocument(kind, id, document) {
      const text = JSON.stringify(document);
      await writeFileWhole(temporary, async path => {
        await createWith(path, text);
        return documentPath(kind, id);
      });
    },

    async getDocument(kind, id) {
      try {
        return JSON.parse(await readFile(documentPath(kind, id), 'utf8')) as unknown;
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },

    async touchDocument(kind, id) {
      await touch(documentPath(kind, id));
    },

    async deleteDocument(kind, id) {
      const path = documentPath(kind, id);
      if (!(await statOf(path))) return false;
      await rm(path, { force: true });
      return true;
    },

    documents: (kind, prefix = '') => entries(join(root, kind), prefix, '.json'),

    async sweepPartial(before) {
      let removed = 0;
      for await (const name of list(temporary)) {
        const path = join(temporary, name);
        const found = await statOf(path);
        if (!found || found.mtimeMs >= before) continue;
        await rm(path, { recursive: true, force: true });
        removed++;
      }
      return removed;
    },

    async check() {
      await mkdir(temporary, { recursive: true });
      await access(temporary, constants.W_OK);
    },
  };
  return store;
}

function checked(id: string, pattern: RegExp): string {
  if (!pattern.test(id)) throw new BitpressError('not_found', 'an id is 64 lower-case hex digits');
  return id;
}

async function* entries(folder: string, prefix: string, suffix: string): AsyncIterable<Entry> {
  for await (const name of list(folder)) {
    const id = name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : '';
    if (!id.startsWith(prefix)) continue;
    const found = DOCUMENT_ID.test(id) ? await statOf(join(folder, name)) : undefined;
    if (found) yield { id, usedAt: found.mtimeMs };
    await setImmediate();
  }
}

async function* list(folder: string): AsyncIterable<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

/** False where there is no such file. The time of use is what the sweep goes by. */
async function touch(path: string): Promise<boolean> {
  const now = new Date();
  try {
    await utimes(path, now, now);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

async function statOf(
  path: string,
): Promise<{ readonly size: number; readonly mtimeMs: number } | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

function goneBlob(sha256: string): BitpressError {
  return new BitpressError('gone', `the content ${sha256} is no longer stored`);
}
