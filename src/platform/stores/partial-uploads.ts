/**
 * Uploads that come in pieces, on a folder: `<id>` holds the bytes, `<id>.json` what is known of them.
 *
 * Invariant: the length of the file is the offset; bytes are appended and never rewritten.
 */
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { PartialUpload, PartialUploads } from '../../contracts/partial-uploads.ts';
import { BitpressError } from '../../errors.ts';
import { asStorageFull, createWith, writeFrom } from './write-file.ts';

const ID = /^[0-9a-f]{32}$/;

export function partialUploads(folder: string): PartialUploads {
  const bytes = (id: string): string => join(folder, checked(id));
  const about = (id: string): string => join(folder, `${checked(id)}.json`);

  const load = async (id: string): Promise<PartialUpload | undefined> => {
    try {
      return JSON.parse(await readFile(about(id), 'utf8')) as PartialUpload;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  };
  const uploads: PartialUploads = {
    async create(upload) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      try {
        await createWith(bytes(upload.id), '');
        await createWith(about(upload.id), JSON.stringify(upload));
      } catch (error) {
        throw asStorageFull(error);
      }
    },

    async get(id) {
      if (!ID.test(id)) return undefined;
      const upload = await load(id);
      const found = await stat(bytes(id)).catch(() => undefined);
      return upload && found && { ...upload, offset: found.size };
    },

    async append(id, offset, content) {
      // Until the pipeline has started nobody listens; it reports the error of a stream that has failed already.
      content.on('error', () => {});
      const handle = await open(bytes(id), 'r+');
      try {
        await pipeline(content, writeFrom(handle, offset));
      } catch (error) {
        throw asStorageFull(error);
      } finally {
        await handle.close();
      }
      return (await stat(bytes(id))).size;
    },

    async setSize(id, size) {
      await writeFile(about(id), JSON.stringify({ ...(await load(id)), size }));
    },

    read: id => createReadStream(bytes(id)),

    async remove(id) {
      if (!ID.test(id) || !(await load(id))) return false;
      await rm(bytes(id), { force: true });
      await rm(about(id), { force: true });
      return true;
    },

    async sweep(before) {
      let removed = 0;
      for (const name of await readdir(folder).catch(() => [])) {
        const id = name.replace(/\.json$/, '');
        const found = name.endsWith('.json') ? await load(id).catch(() => undefined) : undefined;
        const begun = found ? Date.parse(found.createdAt) : undefined;
        // Bytes without a note are those of a create or a remove that was cut short.
        const orphan = begun === undefined && (await isOlder(join(folder, name), before));
        if ((begun ?? before) >= before && !orphan) continue;
        await rm(join(folder, id), { force: true });
        await rm(join(folder, `${id}.json`), { force: true });
        removed++;
      }
      return removed;
    },
  };
  return uploads;
}

function checked(id: string): string {
  if (!ID.test(id)) throw new BitpressError('not_found', 'there is no such upload');
  return id;
}

async function isOlder(path: string, before: number): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found !== undefined && found.mtimeMs < before;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
