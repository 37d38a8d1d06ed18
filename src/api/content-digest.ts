/**
 * RFC 9530: `Content-Digest: sha-256=:<base64>:` of a request's content, of whatever kind it is. Other algorithms are
 * left to whoever set them.
 */
import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { BitpressError } from '../errors.ts';

/** The declared SHA-256 in hex. A body that is the whole file may also be named by its representation's digest. */
export function declaredDigest({ headers }: FastifyRequest, wholeFile = false): string | undefined {
  const header = headers['content-digest'] ?? (wholeFile ? headers['repr-digest'] : undefined) ?? '';
  const value = /(?:^|[,\s])sha-256=:([A-Za-z0-9+/=]+):/.exec([header].flat().join(','))?.[1];
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('hex');
}

/**
 * Hashes what comes in beside its reader; call the result when all has been read.
 * @throws BitpressError digest_mismatch, from the result
 */
export function watchDigest(request: FastifyRequest): () => void {
  const declared = declaredDigest(request);
  if (declared === undefined) return () => {};
  const hash = createHash('sha256');
  request.raw.on('data', chunk => hash.update(chunk));
  return () => requireDigest(declared, () => hash.digest('hex'));
}

/** @param digest of the content, computed for those that declare one @throws BitpressError digest_mismatch */
export function requireDigest(declared: string | undefined, digest: () => string): void {
  if (declared === undefined) return;
  const found = digest();
  if (declared !== found)
    throw new BitpressError('digest_mismatch', `the content has the SHA-256 ${found}, not ${declared}`, {
      field: 'Content-Digest',
    });
}
