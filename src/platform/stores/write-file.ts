/**
 * Durable writes: into a private temporary file, fsync, rename, fsync of the folder.
 *
 * Invariant: under its final name a file is whole; a failed write leaves nothing behind but what a kill -9 can leave, and
 * that lies in the folder of temporary files where it is swept.
 */
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, type Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
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

const CREATE = { flag: 'wx', mode: MODE } as const;

/** A small file in one go. */
export async function createWith(path: string, text: string): Promise<void> {
  await writeFile(path, text, CREATE);
}

/**
 * Streams into a new file. The file is there before the first byte flows: a stream that opened it by itself could still
 * be opening when the content fails at once, and would leave the file behind the one who removes it.
 */
export async function createFrom(
  content: Readable,
  through: Transform,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  // Until the pipeline has started nobody listens; it reports the error of a stream that has failed already.
  content.on('error', () => {});
  const handle = await open(path, CREATE.flag, CREATE.mode);
  await pipeline(content, through, handle.createWriteStream(), { ...(signal && { signal }) });
}

/**
 * Writes into an open file from `position` on. Its errors have their name in the catalogue already: a stream that fails is
 * seen by every pipeline around it, and an outer one would report the system's error before ours is thrown.
 */
export function writeFrom(handle: FileHandle, position: number): Writable {
  const write = async (chunk: Buffer): Promise<void> => {
    for (let done = 0; done < chunk.length; ) {
      const { bytesWritten } = await handle.write(chunk, done, chunk.length - done, position);
      done += bytesWritten;
      position += bytesWritten;
    }
  };
  return new Writable({
    write: (chunk: Buffer, _encoding, done) =>
      void write(chunk).then(
        () => done(),
        error => done(asStorageFull(error) as Error),
      ),
  });
}

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
