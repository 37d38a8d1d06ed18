/**
 * A zip archive of a stranger, opened: what its directory says has been held to the limits before a member is read.
 *
 * Invariant: member names are labels: no path is ever made from one. Links, encrypted members and unknown compressions
 * are refused, and a member that was read had its declared size and checksum.
 */
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, fromFdPromise, getFileNameLowLevel, validateFileName, type ZipFile } from 'yauzl';
import { BitpressError } from '../../errors.ts';
import type { DatasetLimits } from './limits.ts';

export const ARRAY_EXTENSION = '.npy';
export const isArray = (fileName: string): boolean => fileName.endsWith(ARRAY_EXTENSION);

export const STORED = 0;
const DEFLATED = 8;
const S_IFMT = 0xf000;
const S_IFREG = 0x8000;
/** What archivers of desktops add on their own. */
const LITTER = /^__MACOSX\/|(?:^|\/)(?:\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$/;

export interface Archive {
  readonly fd: number;
  readonly zip: ZipFile;
  /** Files only, in the order of the directory. */
  readonly entries: readonly Entry[];
  readonly limits: DatasetLimits;
}

/** @throws BitpressError dataset_unreadable; what yauzl throws for a directory that is no directory */
export async function openArchive(fd: number, limits: DatasetLimits): Promise<Archive> {
  const zip = await fromFdPromise(fd, { autoClose: false, decodeStrings: false });
  if (zip.entryCount > limits.maxFiles)
    refuse(`has ${zip.entryCount} members; ${limits.maxFiles} are allowed`, 'maxFiles');
  const entries: Entry[] = [];
  for await (const entry of zip.eachEntry()) {
    entry.fileName = nameOf(entry);
    if (!entry.fileName.endsWith('/') && !LITTER.test(entry.fileName)) entries.push(entry);
  }
  checkEntries(entries, limits);
  return { fd, zip, entries, limits };
}

/**
 * An array is named like the input that it is for, and an input of a model that was cut out of another one is named like
 * a value: "/encoder/Add_output_0". Other members are in folders, and their names are paths.
 */
function nameOf({ generalPurposeBitFlag, fileNameRaw, extraFields }: Entry): string {
  const name = getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, true);
  const fault = isArray(name) ? null : validateFileName(name);
  if (fault !== null) refuse(`cannot be read: ${fault}`);
  return name;
}

/** All that can be refused from the directory alone. */
function checkEntries(entries: readonly Entry[], limits: DatasetLimits): void {
  let total = 0;
  const names = new Set<string>();
  for (const entry of entries) {
    const file = JSON.stringify(entry.fileName);
    const type = (entry.externalFileAttributes >>> 16) & S_IFMT;
    if (type !== 0 && type !== S_IFREG) refuse(`holds ${file}, which is a link or another special file`);
    if (entry.isEncrypted()) refuse(`holds ${file}, which is encrypted`);
    if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED)
      refuse(`holds ${file} in compression method ${entry.compressionMethod}; stored and deflate are known`);
    const { compressedSize, uncompressedSize } = entry;
    if (uncompressedSize > limits.ratioFreeBytes && uncompressedSize > limits.maxRatio * compressedSize)
      refuse(`holds ${file}, which inflates more than ${limits.maxRatio} times`, 'maxRatio');
    total += uncompressedSize;
    if (names.has(entry.fileName)) refuse(`holds ${file} twice`);
    names.add(entry.fileName);
  }
  if (total > limits.maxInflatedBytes)
    refuse(`inflates to ${total} bytes; ${limits.maxInflatedBytes} are allowed`, 'maxInflatedBytes');
}

/** A whole member, which must be small. @throws BitpressError dataset_unreadable */
export async function readMember(archive: Archive, entry: Entry): Promise<Buffer> {
  const { maxFileBytes } = archive.limits;
  if (entry.uncompressedSize > maxFileBytes)
    refuse(
      `holds ${JSON.stringify(entry.fileName)} of ${entry.uncompressedSize} bytes; ${maxFileBytes} are allowed`,
      'maxFileBytes',
    );
  const chunks: Buffer[] = [];
  await drain(archive, entry, chunk => chunks.push(chunk));
  return Buffer.concat(chunks);
}

/** Reads a member through, which makes yauzl hold it to its declared size, and holds it to its checksum. */
export async function drain({ zip }: Archive, entry: Entry, take: (chunk: Buffer) => void): Promise<void> {
  const stream: Readable = await zip.openReadStreamPromise(entry);
  let sum = 0;
  for await (const chunk of stream) {
    sum = crc32(chunk as Buffer, sum);
    take(chunk as Buffer);
  }
  if (sum !== entry.crc32) refuseChecksum(entry);
}

export function refuseChecksum({ fileName }: Entry): never {
  refuse(`holds ${JSON.stringify(fileName)}, whose checksum does not match`);
}

export function refuse(what: string, limit?: string): never {
  throw new BitpressError('dataset_unreadable', `the archive ${what}`, limit === undefined ? {} : { limit });
}
