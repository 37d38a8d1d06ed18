/** The Files port on the local disk: a job's private directory. */
import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { BitpressError } from '../errors.ts';
import type { Files } from '../pipeline/ports.ts';
import { openDataset } from './dataset/open-dataset.ts';
import { measureFile } from './measure-file.ts';

export const jobFiles: Files = {
  read: path => readFileSync(path),
  exists: existsSync,
  source: path => ({
    path,
    byteLength: statSync(path).size,
    read: (offset, length) => readRange(path, offset, length),
  }),
  write(path, chunks) {
    const fd = openSync(path, 'wx');
    try {
      for (const chunk of chunks)
        for (let done = 0; done < chunk.byteLength; ) done += writeSync(fd, chunk, done);
    } catch (error) {
      throw storageError(error);
    } finally {
      closeSync(fd);
    }
  },
  copy(from, to) {
    try {
      copyFileSync(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    } catch (error) {
      throw storageError(error);
    }
  },
  link(from, to) {
    if (existsSync(to)) return isSameFile(from, to);
    try {
      linkSync(from, to);
    } catch {
      jobFiles.copy(from, to);
    }
    return true;
  },
  join,
  makeFolder(directory, name) {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  },
  removeFolder: path => rmSync(path, { recursive: true, force: true }),
  byteLength: path => statSync(path).size,
  directory: dirname,
  baseName: path => basename(path),
  measure: measureFile,
  openDataset,
};

/** Open for the read alone: a source has no end at which somebody would close it. */
function readRange(path: string, offset: number, length: number): Uint8Array {
  // Memory of its own, which nobody has to clear: every byte is read into.
  const bytes = Buffer.allocUnsafeSlow(length);
  const fd = openSync(path, 'r');
  try {
    for (let done = 0; done < length; ) {
      const got = readSync(fd, bytes, done, length - done, offset + done);
      if (got === 0)
        throw new BitpressError('model_unreadable', `a data file ends before byte ${offset + length}`);
      done += got;
    }
  } finally {
    closeSync(fd);
  }
  return bytes;
}

function isSameFile(a: string, b: string): boolean {
  const [first, second] = [statSync(a), statSync(b)];
  return first.dev === second.dev && first.ino === second.ino;
}

function storageError(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code === 'ENOSPC'
    ? new BitpressError('storage_full', 'the disk is full', { cause: error })
    : error;
}
