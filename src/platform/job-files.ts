/** The Files port on the local disk: a job's private directory. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  writevSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { BitpressError } from '../errors.ts';
import type { Files } from '../pipeline/ports.ts';
import { openDataset } from './dataset/open-dataset.ts';
import { measureFile } from './measure-file.ts';

export const jobFiles: Files = {
  read: path => readFileSync(path),
  exists: existsSync,
  source(path) {
    const fd = openSync(path, 'r');
    return {
      byteLength: fstatSync(fd).size,
      read(offset, length) {
        const bytes = new Uint8Array(length);
        for (let done = 0; done < length; ) {
          const got = readSync(fd, bytes, done, length - done, offset + done);
          if (got === 0)
            throw new BitpressError('model_unreadable', `a data file ends before byte ${offset + length}`);
          done += got;
        }
        return bytes;
      },
    };
  },
  write(path, chunks) {
    const fd = openSync(path, 'wx');
    try {
      for (const chunk of chunks) writeAll(fd, chunk);
      fsyncSync(fd);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
        throw new BitpressError('storage_full', 'the disk is full', { cause: error });
      throw error;
    } finally {
      closeSync(fd);
    }
  },
  join,
  makeFolder(directory, name) {
    const path = join(directory, name);
    mkdirSync(path);
    return path;
  },
  baseName: path => basename(path),
  measure: measureFile,
  openDataset,
};

function writeAll(fd: number, chunk: Uint8Array): void {
  let rest = chunk;
  while (rest.byteLength > 0) rest = rest.subarray(writevSync(fd, [rest]));
}
