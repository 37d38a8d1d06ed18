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
  reply
    .header('etag', etag)
    .header('accept-ranges', 'bytes')
    .header('cache-control', blob.mayChange ? 'private, no-cache' : 'private, max-age=31536000, immutable')
    .header('repr-digest', `sha-256=:${Buffer.from(blob.sha256, 'hex').toString('base64')}:`)
    .header('content-disposition', disposition(blob))
    .type(blob.contentType);
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send();

  const ifRange = request.headers['if-range'];
  const header = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
  const range = header === undefined ? undefined : parseRange(header, blob.bytes);
  if (range === 'unsatisfiable') {
    reply.header('content-range', `bytes */${blob.bytes}`).removeHeader('content-disposition');
    throw new BitpressError('range_not_satisfiable', `the content has ${blob.bytes} bytes`);
  }
  if (range) {
    reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${blob.bytes}`);
    reply.header('content-length', range.end - range.start + 1);
  } else reply.header('content-length', blob.bytes);
  return reply.send(await store.read(blob.sha256, range));
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

function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(',').map(tag => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(etag);
}

/** RFC 6266: an ASCII form for old clients, the exact name in `filename*`. */
function disposition({ fileName, inline }: BlobResponse): string {
  const ascii = fileName.replace(/[^\x20-\x7e]|["\\%]/g, '_');
  return `${inline ? 'inline' : 'attachment'}; filename="${ascii}"; filename*=UTF-8''${encodeURIComponent(fileName)}`;
}
