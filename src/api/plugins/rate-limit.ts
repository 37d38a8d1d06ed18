/**
 * Requests per minute and key, counted over all servers (draft-ietf-httpapi-ratelimit-headers).
 *
 * Invariant: a ledger that cannot be reached limits nobody; the queue's own outage has its own answer.
 */
import type { FastifyInstance } from 'fastify';
import { BitpressError } from '../../errors.ts';
import type { ApiDeps } from '../deps.ts';

const WINDOW_MS = 60_000;

export function installRateLimit(app: FastifyInstance, { ledger, requestsPerMinute }: ApiDeps): void {
  if (requestsPerMinute === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    if (request.owner === undefined) return;
    const used = await ledger.count(`requests:${request.owner}`, WINDOW_MS).catch(() => undefined);
    if (!used) return;
    const left = Math.max(0, requestsPerMinute - used.count);
    const seconds = Math.ceil(used.resetMs / 1000);
    reply.header('ratelimit-policy', `"default";q=${requestsPerMinute};w=${WINDOW_MS / 1000}`);
    reply.header('ratelimit', `"default";r=${left};t=${seconds}`);
    if (used.count <= requestsPerMinute) return;
    reply.header('retry-after', seconds);
    throw new BitpressError('rate_limited', `this key may send ${requestsPerMinute} requests a minute`, {
      limit: 'BITPRESS_REQUESTS_PER_MINUTE',
    });
  });
}
