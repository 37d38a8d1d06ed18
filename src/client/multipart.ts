/**
 * A multipart/form-data body that is streamed from files.  RFC 7578.
 *
 * Invariant: one chunk of one file is in memory at a time.
 */
import { randomUUID } from 'node:crypto';
import type { FileSource } from './file-source.ts';

export interface Multipart {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

/** @param field of every part @param onSent bytes of the files so far */
export function multipart(
  field: string,
  files: readonly FileSource[],
  onSent: (bytes: number) => void,
): Multipart {
  const boundary = `bitpress-${randomUUID()}`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: write(boundary, field, files, onSent),
  };
}

async function* write(
  boundary: string,
  field: string,
  files: readonly FileSource[],
  onSent: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for (const file of files) {
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${quoted(file.name)}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    );
    for await (const chunk of file.read()) {
      yield chunk;
      sent += chunk.byteLength;
      onSent(sent);
    }
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** As browsers do (HTML, "multipart/form-data encoding algorithm"). */
function quoted(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
