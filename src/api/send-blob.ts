/**
 * Stored content as a response: validators, ranges, digests (RFC 9110 sections 13 and 14, RFC 9530).
 *
 * Invariant: content is immutable under its hash, so the hash is a strong entity tag; what is found by its hash may be
 * cached for ever.
 */
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ByteRange, Store } from '../contracts/store.ts';
import { BitpressError } from '../errors.ts';

export interface BlobResponse {
  readonly sha256: string;
  readonly bytes: number;
  readonly contentType: string;
  readonly fileName: string;
  /** What the path gives today may be other bytes tomorrow: the client asks again, by the entity tag. */
  readonly mayChange?: boolean;
  /** Shown by a browser instead of saved. */
  readonly inline?: boolean;
}

export async function sendBlob(
  request: FastifyRequest,
  reply: FastifyReply,
  store: Store,
  blob: BlobResponse,
): Promise<FastifyReply> {
  const etag = `"${blob.sha256}"`;
  const { headers } = request;
  // RFC 9110, 13.2.2: If-Match comes before the others; "strong comparison" (13.1.1).
  if (headers['if-match'] !== undefined && !names(headers['if-match'], etag))
    throw new BitpressError('precondition_failed', 'the content is another than If-Match names', {
      field: 'If-Match',
    });
  const cacheControl = blob.mayChange ? 'private, no-cache' : 'private, max-age=31536000, immutable';
  const seen = headers['if-none-match']?.replaceAll('W/', '');
  // RFC 9110, 15.4.5: "a sender SHOULD NOT generate representation metadata other than the above listed fields".
  if (seen !== undefined && names(seen, etag))
    return reply.code(304).header('etag', etag).header('cache-control', cacheControl).send();

  const range = rangeOf(request, etag, blob.bytes);
  if (range === 'unsatisfiable') {
    // The answer is a problem, so nothing here may speak of the content but its size.
    reply.header('content-range', `bytes */${blob.bytes}`);
    throw new BitpressError('range_not_satisfiable', `the content has ${blob.bytes} bytes`);
  }
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', cacheControl)
    .header('repr-digest', `sha-256=:${Buffer.from(blob.sha256, 'hex').toString('base64')}:`)
    .header('content-disposition', disposition(blob))
    .type(blob.contentType);
  if (range) {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${blob.bytes}`);
    reply.header('content-length', range.end - range.start + 1);
  } else reply.header('content-length', blob.bytes);
  return reply.send(await store.read(blob.sha256, range));
}

/** RFC 9110, 14.2: "GET is the only method for which range handling is defined"; 13.1.5: another version is sent whole. */
function rangeOf(
  { method, headers }: FastifyRequest,
  etag: string,
  bytes: number,
): ByteRange | 'unsatisfiable' | undefined {
  const ifRange = headers['if-range'];
  if (method !== 'GET' || headers.range === undefined) return undefined;
  return ifRange === undefined || ifRange === etag ? parseRange(headers.range, bytes) : undefined;
}

/** One range; a list, another unit or nonsense is ignored, as RFC 9110, 14.2 allows. */
function parseRange(header: string, bytes: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header.trim()) ?? [];
  if (first === '' && last === '') return undefined;
  const start = first === '' ? Math.max(0, bytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1);
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined;
  return start >= bytes || (first === '' && Number(last) === 0) ? 'unsatisfiable' : { start, end };
}

function names(header: string, etag: string): boolean {
  const tags = header.split(',').map(tag => tag.trim());
  return tags.includes('*') || tags.includes(etag);
}

/** RFC 6266: an ASCII form for old clients, the exact name in `filename*`. */
function disposition({ fileName, inline }: BlobResponse): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  return `${inline ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
