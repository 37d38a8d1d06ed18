/**
 * Opens a dataset file, whose format is told by its first bytes.
 *
 * Invariant: the file is a regular one and not a symbolic link, and stays open until `close`.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { Dataset } from '../../core/data/dataset.ts';
import { BitpressError } from '../../errors.ts';
import { openFileArray } from './file-array.ts';
import { DATASET_LIMITS, type DatasetLimits } from './limits.ts';
import { openNpz } from './npz.ts';

/** The name of the one array of a bare .npy file, which has none of its own; a model with one input takes any name. */
const BARE_NAME = 'array';

/**
 * @param workDir a private directory with room for the inflated arrays
 * @throws BitpressError dataset_unreadable, storage_full
 */
export async function openDataset(
  path: string,
  workDir: string,
  limits: DatasetLimits = DATASET_LIMITS,
): Promise<Dataset> {
  const fd = openRegular(path);
  const magic = Buffer.alloc(6);
  readSync(fd, magic, 0, magic.length, 0);
  if (magic.toString('latin1', 0, 2) === 'PK') return openNpz(fd, workDir, limits);
  try {
    if (magic.toString('latin1') !== '\x93NUMPY')
      throw new BitpressError('dataset_unreadable', 'the file is neither a .npz archive nor a .npy array');
    const array = openFileArray(BARE_NAME, { fd, offset: 0, length: fstatSync(fd).size });
    return { arrays: [array], close: () => closeSync(fd) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openRegular(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new BitpressError(
      'dataset_unreadable',
      `the dataset file cannot be opened (${code ?? 'unknown'})`,
      {
        cause: error,
      },
    );
  }
  if (fstatSync(fd).isFile()) return fd;
  closeSync(fd);
  throw new BitpressError('dataset_unreadable', 'the dataset is not a regular file');
}
