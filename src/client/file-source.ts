/** A file to send: on disk or in memory. Read as often as needed, a chunk at a time. */
import { createHash } from 'node:crypto';
import { createReadStream, statSync } from 'node:fs';
import { basename } from 'node:path';
import { BitpressError } from '../errors.ts';

export interface FileSource {
  /** A plain name; its ending may say what the file is. */
  readonly name: string;
  readonly bytes: number;
  read(): AsyncIterable<Uint8Array>;
}

/** @throws BitpressError file_unreadable */
export function fileAt(path: string): FileSource {
  try {
    const found = statSync(path);
    if (!found.isFile()) throw new Error(`${path} is not a file`);
    return { name: basename(path), bytes: found.size, read: () => createReadStream(path) };
  } catch (error) {
    throw new BitpressError('file_unreadable', (error as Error).message, { cause: error });
  }
}

export function fileOf(name: string, content: Uint8Array): FileSource {
  return {
    name,
    bytes: content.byteLength,
    async *read() {
      yield content;
    },
  };
}

/** The id that its content has on every server. */
export async function sha256Of(file: FileSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of file.read()) hash.update(chunk);
  return hash.digest('hex');
}
