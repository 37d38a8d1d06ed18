/** A private copy of a user's file, hashed on the way. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { basename, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BitpressError } from '../../errors.ts';

export interface FileCopy {
  readonly name: string;
  readonly path: string;
  readonly sha256: string;
}

/** @throws BitpressError file_unreadable, storage_full */
export async function copyFile(path: string, into: string, name = basename(path)): Promise<FileCopy> {
  const hash = createHash('sha256');
  const target = join(into, name);
  const tap = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    await pipeline(createReadStream(path), tap, createWriteStream(target, { flags: 'wx', mode: 0o600 }));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC')
      throw new BitpressError('storage_full', `no room for a copy of ${path}`, {
        cause: error,
        hint: 'Free space where temporary files go, or set TMPDIR to another disk.',
      });
    throw new BitpressError('file_unreadable', message, { cause: error });
  }
  return { name, path: target, sha256: hash.digest('hex') };
}
