/** An artifact to a file. Invariant: what is written has the SHA-256 that the job names. */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { BitpressError } from '../errors.ts';
import type { Connection } from './connection.ts';
import type { components } from './schema.generated.ts';

type Artifact = NonNullable<components['schemas']['Job']['artifacts']>[number];

/** @param path of a file that is not there yet @throws BitpressError digest_mismatch */
export async function download(
  connection: Connection,
  { name, url, sha256 }: Artifact,
  path: string,
  signal?: AbortSignal,
): Promise<void> {
  const response = await connection.get(url, signal);
  if (!response.body) throw new BitpressError('internal', `the server sent nothing for ${name}`);
  const hash = createHash('sha256');
  await pipeline(
    Readable.fromWeb(response.body as never),
    async function* (chunks: AsyncIterable<Uint8Array>) {
      for await (const chunk of chunks) {
        hash.update(chunk);
        yield chunk;
      }
    },
    createWriteStream(path, { flags: 'wx' }),
  );
  if (hash.digest('hex') !== sha256)
    throw new BitpressError('digest_mismatch', `${name} came with other bytes than the job names`);
}
