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
import type { PayloadReader } from '../core/tensor/tensor.ts';
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
    read(offset, length) {
      // Memory of its own, which nobody has to clear: every byte is read into.
      const bytes = Buffer.allocUnsafeSlow(length);
      const reader = openReader(path);
      try {
        reader.read(offset, bytes);
      } finally {
        reader.close();
      }
      return bytes;
    },
    open: () => openReader(path),
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

/** A source has no end at which somebody would close it: the file is open while it is read. */
function openReader(path: string): PayloadReader {
  const fd = openSync(path, 'r');
  return {
    read(offset, target) {
      const length = target.byteLength;
      for (let done = 0; done < length; ) {
        const got = readSync(fd, target, done, length - done, offset + done);
        if (got === 0)
          throw new BitpressError('model_unreadable', `a data file ends before byte ${offset + length}`);
        done += got;
      }
    },
    close: () => closeSync(fd),
  };
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
