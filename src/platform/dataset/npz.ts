/**
 * A .npz file: a zip archive of .npy members.
 *
 * Invariant: a stored member is read in place; a deflated one is inflated once into a nameless temporary file, so that
 * any sample can be read by position and memory does not grow with the samples. Checksums are verified before the first
 * read. Member names are labels: no path is ever made from one.
 */
import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, type ZipFile } from 'yauzl';
import type { DataArray, Dataset } from '../../core/data/dataset.ts';
import { BitpressError, isBitpressError } from '../../errors.ts';
import { type FileRegion, openFileArray } from './file-array.ts';
import type { DatasetLimits } from './limits.ts';

const STORED = 0;
const DEFLATED = 8;
const S_IFMT = 0xf000;
const S_IFREG = 0x8000;

/** Takes over `fd`, also when it throws. */
export async function openNpz(fd: number, workDir: string, limits: DatasetLimits): Promise<Dataset> {
  const descriptors = [fd];
  const close = (): void => {
    for (const each of descriptors.splice(0)) closeSync(each);
  };
  try {
    const zip = await fromFdPromise(fd, { autoClose: false, strictFileNames: true });
    if (zip.entryCount > limits.maxEntries)
      refuse(`has ${zip.entryCount} members; ${limits.maxEntries} are allowed`, 'maxEntries');
    const entries = await listEntries(zip);
    const names = checkEntries(entries, limits);
    const arrays: DataArray[] = [];
    let inflated: FileRegion = { fd: -1, offset: 0, length: 0 };
    for (const [index, entry] of entries.entries()) {
      let region: FileRegion;
      if (entry.compressionMethod === STORED) {
        region = await storedRegion(zip, entry, fd);
      } else {
        if (inflated.fd < 0) {
          inflated = { ...inflated, fd: openNameless(workDir) };
          descriptors.push(inflated.fd);
        }
        region = await inflateTo(zip, entry, inflated.fd, inflated.offset + inflated.length);
        inflated = region;
      }
      arrays.push(openFileArray(names[index]!, region));
    }
    return { arrays, close };
  } catch (error) {
    close();
    if (isBitpressError(error)) throw error;
    if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
      throw new BitpressError('storage_full', 'no room to unpack the dataset', { cause: error });
    const words = error instanceof Error ? error.message : String(error);
    throw new BitpressError('dataset_unreadable', `the archive cannot be read: ${words}`, { cause: error });
  }
}

async function listEntries(zip: ZipFile): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) if (!entry.fileName.endsWith('/')) entries.push(entry);
  return entries;
}

/** All that can be refused from the directory alone. Gives the arrays' names. */
function checkEntries(entries: readonly Entry[], limits: DatasetLimits): string[] {
  let total = 0;
  const names = new Set<string>();
  for (const entry of entries) {
    const file = JSON.stringify(entry.fileName);
    const type = (entry.externalFileAttributes >>> 16) & S_IFMT;
    if (type !== 0 && type !== S_IFREG) refuse(`holds ${file}, which is a link or another special file`);
    if (entry.isEncrypted()) refuse(`holds ${file}, which is encrypted`);
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
      refuse(`holds ${file} in compression method ${entry.compressionMethod}; stored and deflate are known`);
    if (!entry.fileName.endsWith('.npy')) refuse(`holds ${file}, which is not a .npy array`);
    const { compressedSize, uncompressedSize } = entry;
    if (uncompressedSize > limits.ratioFreeBytes && uncompressedSize > limits.maxRatio * compressedSize)
      refuse(`holds ${file}, which inflates more than ${limits.maxRatio} times`, 'maxRatio');
    total += uncompressedSize;
    const name = entry.fileName.slice(0, -'.npy'.length);
    if (names.has(name)) refuse(`holds ${file} twice`);
    names.add(name);
  }
  if (total > limits.maxInflatedBytes)
    refuse(`inflates to ${total} bytes; ${limits.maxInflatedBytes} are allowed`, 'maxInflatedBytes');
  return [...names];
}

async function storedRegion(zip: ZipFile, entry: Entry, fd: number): Promise<FileRegion> {
  if (entry.compressedSize !== entry.uncompressedSize)
    refuse(`holds ${JSON.stringify(entry.fileName)}, stored in two different sizes`);
  const { fileDataStart } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  await drain(zip, entry, () => {});
  return { fd, offset: fileDataStart, length: entry.uncompressedSize };
}

async function inflateTo(zip: ZipFile, entry: Entry, fd: number, offset: number): Promise<FileRegion> {
  let length = 0;
  await drain(zip, entry, chunk => {
    for (let done = 0; done < chunk.length; )
      done += writeSync(fd, chunk, done, chunk.length - done, offset + length + done);
    length += chunk.length;
  });
  return { fd, offset, length };
}

/** Reads a member through, which makes yauzl hold it to its declared size, and holds it to its checksum. */
async function drain(zip: ZipFile, entry: Entry, take: (chunk: Buffer) => void): Promise<void> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  let sum = 0;
  for await (const chunk of stream) {
    sum = crc32(chunk as Buffer, sum);
    take(chunk as Buffer);
  }
  if (sum !== entry.crc32) refuse(`holds ${JSON.stringify(entry.fileName)}, whose checksum does not match`);
}

/** A file that lives as long as its descriptor: nothing is left behind, whatever happens to the process. */
function openNameless(workDir: string): number {
  const path = join(workDir, `dataset-${process.pid}-${process.hrtime.bigint()}.tmp`);
  const fd = openSync(path, 'wx+', 0o600);
  unlinkSync(path);
  return fd;
}

function refuse(what: string, limit?: string): never {
  throw new BitpressError('dataset_unreadable', `the archive ${what}`, limit === undefined ? {} : { limit });
}
