/**
 * A .npy array inside an open file, read by position.
 *
 * Invariant: the header has been parsed and its element count fits the bytes that are there, so no read can run past
 * the array's end.
 */
import { readSync } from 'node:fs';
import type { DataArray } from '../../core/data/dataset.ts';
import { NPY_PREFIX_BYTES, parseNpyHeader } from '../../core/data/npy.ts';
import { DTYPES } from '../../core/tensor/dtype.ts';
import { type ArrayDType, elementCount, viewBytes } from '../../core/tensor/tensor.ts';
import { BitpressError } from '../../errors.ts';

/** Where the .npy file lies: a whole file, or a stored member of an archive. */
export interface FileRegion {
  readonly fd: number;
  readonly offset: number;
  readonly length: number;
}

export function openFileArray(name: string, region: FileRegion): DataArray {
  const header = parseNpyHeader(readRegion(region, 0, Math.min(region.length, NPY_PREFIX_BYTES)), name);
  const { dtype, shape, dataOffset, bigEndian } = header;
  const elements = elementCount(shape);
  const width = DTYPES[dtype].bits / 8;
  const available = region.length - dataOffset;
  if (available !== elements * width)
    throw new BitpressError(
      'dataset_unreadable',
      `array "${name}" declares ${dtype}[${shape.join(', ')}] = ${elements * width} bytes, but has ${available}`,
      { field: name, hint: 'The file is truncated or damaged; save and send it again.' },
    );
  const { fd, offset } = region;
  return rawArray(name, dtype, shape, { fd, offset: offset + dataOffset, length: available }, bigEndian);
}

/** An array whose elements alone are in the region, which has exactly their length. */
export function rawArray(
  name: string,
  dtype: ArrayDType,
  shape: readonly number[],
  region: FileRegion,
  bigEndian = false,
): DataArray {
  const elements = elementCount(shape);
  const width = DTYPES[dtype].bits / 8;
  return {
    name,
    dtype,
    shape,
    read(start, count) {
      if (start < 0 || start + count > elements)
        throw new RangeError(`elements ${start} to ${start + count} of ${elements} in "${name}"`);
      const bytes = readRegion(region, start * width, count * width);
      if (bigEndian) swap(bytes, width);
      return viewBytes(dtype, bytes);
    },
  };
}

function readRegion(region: FileRegion, offset: number, length: number): Buffer {
  // Memory of its own, so that a view of it is aligned and free of the buffer pool.
  const buffer = Buffer.from(new ArrayBuffer(length));
  for (let done = 0; done < length; ) {
    const count = readSync(region.fd, buffer, done, length - done, region.offset + offset + done);
    if (count === 0) throw new BitpressError('dataset_unreadable', 'the dataset ends before its arrays do');
    done += count;
  }
  return buffer;
}

function swap(bytes: Buffer, width: number): void {
  if (width === 2) bytes.swap16();
  else if (width === 4) bytes.swap32();
  else if (width === 8) bytes.swap64();
}
