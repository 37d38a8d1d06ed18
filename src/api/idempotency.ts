/**
 * Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): one key, one request.
 *
 * What is created here is named by its content, so a request that is repeated gives the same thing again anyway; the key
 * adds that a mix-up is noticed. Missing is fine.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { BitpressError } from '../errors.ts';
import type { ApiDeps } from './deps.ts';

/** "The resource server MAY enforce time based idempotency keys." */
const LIFETIME_MS = 24 * 3_600_000;
/** Longer than the work behind a request takes; a server that was killed in it blocks the key no longer than this. */
const RUNNING_MS = 180_000;

/** @param fingerprint of what is asked for @throws BitpressError idempotency_key_reused, idempotency_key_in_use */
export async function once<R>(
  request: FastifyRequest,
  { ledger }: ApiDeps,
  fingerprint: string,
  work: () => Promise<R>,
): Promise<R> {
  const key = keyOf(request);
  if (key === undefined) return work();
  const name = createHash('sha256')
    .update(JSON.stringify([request.owner ?? null, request.routeOptions.url, key]))
    .digest('hex');
  // "If there is an attempt to reuse an idempotency key with a different request payload [...] 422."
  if ((await ledger.claim(`idempotency:${name}`, fingerprint, LIFETIME_MS)) !== fingerprint)
    throw new BitpressError('idempotency_key_reused', `the key ${key} belongs to another request`);
  const ticket = randomUUID();
  // "If the request is retried while the original request is still being processed [...] 409."
  if ((await ledger.claim(`running:${name}`, ticket, RUNNING_MS)) !== ticket)
    throw new BitpressError('idempotency_key_in_use', `the request with the key ${key} is under way`);
  try {
    return await work();
  } finally {
    await ledger.release(`running:${name}`).catch(() => {});
  }
}

/** A structured string ("…"), or the bare characters of one, as many clients send it. */
export const IDEMPOTENCY_KEY = /^(?:"([\x20-\x21\x23-\x7e]{1,255})"|([\x21\x23-\x7e]{1,255}))$/;

function keyOf(request: FastifyRequest): string | undefined {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return undefined;
  const key = IDEMPOTENCY_KEY.exec([header].flat().join(','));
  if (!key)
    throw new BitpressError(
      'invalid_request',
      'Idempotency-Key is a string of 1 to 255 printable characters',
      {
        field: 'Idempotency-Key',
      },
    );
  return key[1] ?? key[2];
}
