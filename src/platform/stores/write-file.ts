/**
 * Durable writes: into a private temporary file, fsync, rename, fsync of the folder.
 *
 * Invariant: under its final name a file is whole; a failed write leaves nothing behind but what a kill -9 can leave, and
 * that lies in the folder of temporary files where it is swept.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BitpressError } from '../../errors.ts';

/** Owner only: uploads are another person's property. */
const MODE = 0o600;
const FOLDER_MODE = 0o700;

/** @param fill writes the temporary file and answers its final path; undefined where the content is already there. */
export async function writeFileWhole(
  temporary: string,
  fill: (path: string) => Promise<string | undefined>,
): Promise<void> {
  const path = join(temporary, randomUUID());
  try {
    await mkdir(temporary, { recursive: true, mode: FOLDER_MODE });
    const target = await fill(path);
    if (target === undefined) return;
    await sync(path);
    await mkdir(dirname(target), { recursive: true, mode: FOLDER_MODE });
    await rename(path, target);
    await sync(dirname(target));
  } catch (error) {
    throw asStorageFull(error);
  } finally {
    await rm(path, { force: true });
  }
}

export const CREATE = { flags: 'wx', mode: MODE } as const;

/** ENOSPC and EDQUOT by their name in the catalogue; every other error as it is. */
export function asStorageFull(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new BitpressError('storage_full', 'the store could not be written', { cause: error })
    : error;
}

async function sync(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
