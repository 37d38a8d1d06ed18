/**
 * Checks the global heaps of an HDF5 file, where texts of varying length lie, before the library reads them.
 *
 * Why: HDF5 2.0 walks the objects of a heap by their sizes and never ends on a free-space object of size 0, nor where 32
 * bits do not hold the heap's own size. A file that is damaged there would hold the process until its time is over.
 *
 * Heaps are found by their signature: five bytes that also weights could hold, once in 2^40 places, are taken for a heap.
 *
 * Source: HDF5 File Format Specification 3.0, III.E "Disk Format: Level 1E - Global Heap".
 */
import type { BitpressError } from '../../../../errors.ts';
import { unreadable } from '../problems.ts';

/** "GCOL", version 1. */
const SIGNATURE = Buffer.from([0x47, 0x43, 0x4f, 0x4c, 1]);
/** Behind the signature: version and three reserved bytes. */
const SIZE_AT = 8;
/** Index, reference count and reserved bytes of an object, before its size. */
const OBJECT_PREFIX = 8;
const ALIGNMENT = 8;

/** @throws BitpressError model_unreadable */
export function checkGlobalHeaps(bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Superblock: the size of lengths stands at another place since version 2.
  const lengthBytes = bytes[(bytes[8] ?? 0) < 2 ? 14 : 10] ?? 0;
  if (lengthBytes !== 4 && lengthBytes !== 8) return;
  const length = (at: number) =>
    lengthBytes === 4 ? buffer.readUInt32LE(at) : Number(buffer.readBigUInt64LE(at));
  for (let heap = buffer.indexOf(SIGNATURE); heap >= 0; heap = buffer.indexOf(SIGNATURE, heap + 1)) {
    const header = SIZE_AT + lengthBytes;
    const end = heap + header <= buffer.length ? heap + length(heap + SIZE_AT) : Number.POSITIVE_INFINITY;
    if (end > buffer.length) throw corrupt();
    const prefix = OBJECT_PREFIX + lengthBytes;
    for (let at = heap + align(header); at + prefix <= end; ) {
      const size = length(at + OBJECT_PREFIX);
      const taken = buffer.readUInt16LE(at) === 0 ? size : align(prefix) + align(size);
      if (taken < prefix || at + taken > end) throw corrupt();
      at += taken;
    }
  }
}

const corrupt = (): BitpressError =>
  unreadable('A global heap of the file is corrupt: the HDF5 file is damaged.', 'Send the file again.');

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
