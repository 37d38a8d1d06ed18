/**
 * A .npz file: a zip archive of .npy members.
 *
 * Invariant: a stored member is read in place; a deflated one is inflated once into a nameless temporary file, so that
 * any sample can be read by position and memory does not grow with the samples. Checksums are verified before the first
 * read.
 */
import type { Entry } from 'yauzl';
import type { DataArray } from '../../core/data/dataset.ts';
import { type Archive, drain, refuse, STORED } from './archive.ts';
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
    arrays.push(openFileArray(entry.fileName.slice(0, -EXTENSION.length), region));
  }
  return arrays;
}

const EXTENSION = '.npy';
export const isArray = (fileName: string): boolean => fileName.endsWith(EXTENSION);

async function storedRegion(archive: Archive, entry: Entry): Promise<FileRegion> {
  if (entry.compressedSize !== entry.uncompressedSize)
    refuse(`holds ${JSON.stringify(entry.fileName)}, stored in two different sizes`);
  const { fileDataStart } = await archive.zip.readLocalFileHeaderPromise(entry, { minimal: true });
  await drain(archive, entry, () => {});
  return { fd: archive.fd, offset: fileDataStart, length: entry.uncompressedSize };
}

async function inflate(archive: Archive, entry: Entry, scratch: Scratch): Promise<FileRegion> {
  const begun = scratch.begin();
  await drain(archive, entry, chunk => scratch.append(chunk));
  return scratch.end(begun);
}
