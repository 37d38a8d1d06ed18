/**
 * Files to a server that may have them: known bytes are not sent again.
 *
 * The id of a model or dataset is computed from its content before anything is sent, and HEAD says whether it is there.
 */
import { Readable } from 'node:stream';
import { mainFirst, modelId } from '../contracts/model-id.ts';
import { isBitpressError } from '../errors.ts';
import type { Connection } from './connection.ts';
import { type FileSource, sha256Of } from './file-source.ts';
import { multipart } from './multipart.ts';

export interface UploadOptions {
  /** Bytes sent so far, of all there are to send; not called for what the server has. */
  readonly onSent?: (sent: number, total: number) => void;
  readonly signal?: AbortSignal;
}

export async function upload<R>(
  connection: Connection,
  kind: 'models' | 'datasets',
  files: readonly FileSource[],
  { onSent, signal }: UploadOptions = {},
): Promise<R> {
  const hashed: { readonly name: string; readonly sha256: string; readonly file: FileSource }[] = [];
  for (const file of files) hashed.push({ name: file.name, sha256: await sha256Of(file), file });
  const ordered = mainFirst(hashed);
  const known = `/v1/${kind}/${modelId(ordered)}`;
  if (await exists(connection, known, signal))
    return (await (await connection.get(known, signal)).json()) as R;
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const form = multipart(
    'file',
    ordered.map(({ file }) => file),
    sent => onSent?.(sent, total),
  );
  const response = await connection.send(
    new Request(`${connection.base}/v1/${kind}`, {
      method: 'POST',
      headers: { 'content-type': form.contentType },
      body: Readable.toWeb(Readable.from(form.body)) as ReadableStream,
      // A streamed body needs "half": the answer comes when the upload has ended.
      duplex: 'half',
      ...(signal && { signal }),
    } as RequestInit),
  );
  return (await response.json()) as R;
}

async function exists(connection: Connection, path: string, signal?: AbortSignal): Promise<boolean> {
  try {
    await connection.send(new Request(connection.base + path, { method: 'HEAD', ...(signal && { signal }) }));
    return true;
  } catch (error) {
    if (isBitpressError(error) && error.code === 'not_found') return false;
    throw error;
  }
}
