/**
 * A multipart/form-data body that is streamed from files.  RFC 7578.
 *
 * Invariant: one chunk of one file is in memory at a time.
 */
import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';

export interface Multipart {
  readonly contentType: string;
  readonly body: AsyncIterable<Uint8Array>;
}

export type Part =
  | { readonly name: string; readonly text: string }
  | { readonly name: string; readonly file: string };

export function multipart(parts: readonly Part[]): Multipart {
  const boundary = `bitpress-${randomUUID()}`;
  return { contentType: `multipart/form-data; boundary=${boundary}`, body: write(boundary, parts) };
}

async function* write(boundary: string, parts: readonly Part[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    const filename = 'file' in part ? `; filename="${quoted(basename(part.file))}"` : '';
    const type = 'file' in part ? 'application/octet-stream' : 'text/plain; charset=utf-8';
    yield Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${quoted(part.name)}"${filename}\r\n` +
        `Content-Type: ${type}\r\n\r\n`,
    );
    if ('file' in part) yield* createReadStream(part.file) as AsyncIterable<Buffer>;
    else yield Buffer.from(part.text);
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}

/** As browsers do (HTML, "multipart/form-data encoding algorithm"). */
function quoted(name: string): string {
  return name.replace(/\r/g, '%0D').replace(/\n/g, '%0A').replace(/"/g, '%22');
}
