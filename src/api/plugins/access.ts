/**
 * API keys: `Authorization: Bearer <key>`, compared by hash in constant time.
 *
 * Invariant: with keys configured, nothing but health and the contract itself is answered without one.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance } from 'fastify';
import { BitpressError } from '../../errors.ts';
import type { Owner } from '../../jobs/ownership.ts';
import type { ApiKey } from '../deps.ts';

const OPEN_PATHS = ['/livez', '/readyz', '/docs', '/openapi.yaml'];

declare module 'fastify' {
  interface FastifyRequest {
    /** The name of its key; undefined where the service has no keys. */
    owner: Owner;
  }
}

export function installAccess(app: FastifyInstance, keys: readonly ApiKey[]): void {
  app.decorateRequest('owner', undefined);
  if (keys.length === 0) return;
  const hashes = keys.map(({ sha256 }) => Buffer.from(sha256, 'hex'));
  app.addHook('onRequest', async request => {
    if (OPEN_PATHS.includes(request.routeOptions.url ?? '')) return;
    const token = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const given = createHash('sha256')
      .update(token ?? '')
      .digest();
    // Every key is compared, so that the time does not tell which one was close.
    const matches = hashes.map(hash => timingSafeEqual(hash, given));
    const key = keys[matches.indexOf(true)];
    if (token === undefined || !key)
      throw new BitpressError('unauthorized', 'the API key is missing or unknown');
    request.owner = key.name;
  });
}
