/**
 * Size, compressed size and hash of a model's files (a model and its external data are one model).
 *
 * Invariant: streamed; the figures depend on the bytes, their order and the files' names alone.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { modelId } from '../contracts/model-id.ts';

export interface FileFigures {
  readonly bytes: number;
  /** gzip, level 6; undefined above MAX_COMPRESSED, where it would take longer than it is worth. */
  readonly compressedBytes: number | undefined;
  /** Of one file its hash; of several the id that they have as a model. */
  readonly sha256: string;
}

/** About ten seconds of gzip. */
const MAX_COMPRESSED = 512 * 1024 ** 2;

/** @param paths the model file first, then its external data */
export async function measureFile(paths: readonly [string, ...string[]]): Promise<FileFigures> {
  const sizes = await Promise.all(paths.map(async path => (await stat(path)).size));
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const hashes: { name: string; sha256: string }[] = [];
  for (const path of paths) {
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash);
    hashes.push({ name: basename(path), sha256: hash.digest('hex') });
  }
  const sha256 = modelId(hashes);
  if (bytes > MAX_COMPRESSED) return { bytes, compressedBytes: undefined, sha256 };
  let compressedBytes = 0;
  for (const path of paths)
    await pipeline(createReadStream(path), createGzip({ level: 6 }), async chunks => {
      for await (const chunk of chunks) compressedBytes += (chunk as Buffer).length;
    });
  return { bytes, compressedBytes, sha256 };
}
