/**
 * Opens a dataset file, whose format is told by its first bytes; an archive's by the names in it.
 *
 * Invariant: the file is a regular one and not a symbolic link, and stays open until `close`.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { DatasetDescription } from '../../contracts/dataset.ts';
import type { DataArray, Dataset, DatasetUse } from '../../core/data/dataset.ts';
import { imageTarget } from '../../core/data/image-target.ts';
import { BitpressError, isBitpressError } from '../../errors.ts';
import { type Archive, isArray, openArchive, refuse } from './archive.ts';
import { openFileArray } from './file-array.ts';
import { describeImages, isImage, openImages } from './images.ts';
import { DATASET_LIMITS, type DatasetLimits } from './limits.ts';
import { openNpz } from './npz.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { isTestData, openTestData } from './test-data.ts';

/** The name of the one array of a bare .npy file, which has none of its own; a model with one input takes any name. */
const BARE_NAME = 'array';

/**
 * @param workDir a private directory with room for the inflated arrays and decoded images
 * @param use what the data is for, where that is known
 * @throws BitpressError dataset_unreadable, dataset_mismatch, storage_full
 */
export async function openDataset(
  path: string,
  workDir: string,
  use?: DatasetUse,
  limits: DatasetLimits = DATASET_LIMITS,
): Promise<Dataset> {
  const file = openFile(path, workDir);
  try {
    return { arrays: await openArrays(file, await openZip(file.fd, limits), use), close: file.close };
  } catch (error) {
    file.close();
    throw named(error);
  }
}

/** What is in it, without a model; images by their headers alone. @throws BitpressError dataset_unreadable */
export async function describeDataset(
  path: string,
  workDir: string,
  limits: DatasetLimits = DATASET_LIMITS,
): Promise<DatasetDescription> {
  const file = openFile(path, workDir);
  try {
    const archive = await openZip(file.fd, limits);
    if (archive && kindOf(archive) === 'images') return { arrays: await describeImages(archive) };
    const arrays = await openArrays(file, archive);
    return { arrays: arrays.map(({ name, dtype, shape }) => ({ name, dtype, shape: [...shape] })) };
  } catch (error) {
    throw named(error);
  } finally {
    file.close();
  }
}

interface DatasetFile {
  readonly fd: number;
  readonly scratch: Scratch;
  readonly close: () => void;
}

function openFile(path: string, workDir: string): DatasetFile {
  const fd = openRegular(path);
  const scratch = openScratch(workDir);
  const close = (): void => {
    closeSync(fd);
    scratch.close();
  };
  return { fd, scratch, close };
}

/** Undefined for a bare array. */
async function openZip(fd: number, limits: DatasetLimits): Promise<Archive | undefined> {
  return isZip(fd) ? openArchive(fd, limits) : undefined;
}

async function openArrays(
  { fd, scratch }: DatasetFile,
  archive: Archive | undefined,
  use?: DatasetUse,
): Promise<readonly DataArray[]> {
  return archive ? openMembers(archive, scratch, use) : [openFileArray(BARE_NAME, wholeFile(fd))];
}

async function openMembers(
  archive: Archive,
  scratch: Scratch,
  use?: DatasetUse,
): Promise<readonly DataArray[]> {
  switch (kindOf(archive)) {
    case 'arrays':
      return openNpz(archive, scratch);
    case 'images':
      return openImages(archive, scratch, use && imageTarget(use));
    case 'test data':
      return openTestData(
        archive,
        scratch,
        use?.inputs.map(({ name }) => name),
      );
  }
}

function kindOf({ entries }: Archive): 'arrays' | 'images' | 'test data' {
  const names = entries.map(({ fileName }) => fileName);
  if (names.length === 0 || names.some(isArray)) return 'arrays';
  if (names.some(isTestData)) return 'test data';
  const other = names.find(name => !isImage(name));
  if (other === undefined) return 'images';
  return refuse(
    `holds ${JSON.stringify(other)}, which is no .npy array, no image and no test_data_set folder`,
  );
}

function named(error: unknown): unknown {
  if (isBitpressError(error)) return error;
  if ((error as NodeJS.ErrnoException).code === 'ENOSPC')
    return new BitpressError('storage_full', 'no room to unpack the dataset', { cause: error });
  const words = error instanceof Error ? error.message : String(error);
  return new BitpressError('dataset_unreadable', `the archive cannot be read: ${words}`, { cause: error });
}

function isZip(fd: number): boolean {
  const magic = Buffer.alloc(6);
  readSync(fd, magic, 0, magic.length, 0);
  if (magic.toString('latin1', 0, 2) === 'PK') return true;
  if (magic.toString('latin1') === '\x93NUMPY') return false;
  throw new BitpressError(
    'dataset_unreadable',
    'the file is neither a .npz or .zip archive nor a .npy array',
  );
}

function wholeFile(fd: number) {
  return { fd, offset: 0, length: fstatSync(fd).size };
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
