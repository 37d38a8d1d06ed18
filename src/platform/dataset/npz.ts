/**
 * A .npz file: a zip archive of .npy members.
 *
 * Invariant: a stored member is read in place; a deflated one is inflated once into a nameless temporary file, so that
 * any sample can be read by position and memory does not grow with the samples. Checksums are verified before the first
 * read.
 */
import { readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Entry } from 'yauzl';
import type { DataArray } from '../../core/data/dataset.ts';
import { ARRAY_EXTENSION, type Archive, drain, isArray, refuse, refuseChecksum, STORED } from './archive.ts';
import { type FileRegion, openFileArray } from './file-array.ts';
import type { Scratch } from './scratch.ts';

/** @throws BitpressError dataset_unreadable, storage_full */
export async function openNpz(archive: Archive, scratch: Scratch): Promise<readonly DataArray[]> {
  const { entries, limits } = archive;
  if (entries.length > limits.maxEntries)
    refuse(`has ${entries.length} members; ${limits.maxEntries} are allowed`, 'maxEntries');
  const other = entries.find(({ fileName }) => !isArray(fileName));
  if (other) refuse(`holds ${JSON.stringify(other.fileName)}, which is not a .npy array`);
  const arrays: DataArray[] = [];
  for (const entry of entries) {
    const stored = entry.compressionMethod === STORED;
    const region = stored ? await storedRegion(archive, entry) : await inflate(archive, entry, scratch);
    arrays.push(openFileArray(entry.fileName.slice(0, -ARRAY_EXTENSION.length), region));
  }
  return arrays;
}

/** Stays in a core's second-level cache between the reading and the sum. */
const PIECE_BYTES = 2 ** 18;

async function storedRegion(archive: Archive, entry: Entry): Promise<FileRegion> {
  if (entry.compressedSize !== entry.uncompressedSize)
    refuse(`holds ${JSON.stringify(entry.fileName)}, stored in two different sizes`);
  const { fileDataStart } = await archive.zip.readLocalFileHeaderPromise(entry, { minimal: true });
  const region = { fd: archive.fd, offset: fileDataStart, length: entry.uncompressedSize };
  if (checksumOf(region) !== entry.crc32) refuseChecksum(entry);
  return region;
}

/** Read at one go: a stream brings 64 KiB in each turn of the event loop, which takes six times as long. */
function checksumOf({ fd, offset, length }: FileRegion): number {
  const piece = Buffer.allocUnsafeSlow(Math.min(length, PIECE_BYTES));
  let sum = 0;
  for (let done = 0; done < length; ) {
    const got = readSync(fd, piece, 0, Math.min(piece.length, length - done), offset + done);
    // The end of the file: the rest has no checksum.
    if (got === 0) return Number.NaN;
    sum = crc32(piece.subarray(0, got), sum);
    done += got;
  }
  return sum;
}

async function inflate(archive: Archive, entry: Entry, scratch: Scratch): Promise<FileRegion> {
  const begun = scratch.begin();
  await drain(archive, entry, chunk => scratch.append(chunk));
  return scratch.end(begun);
}
