/** One line of the log for each request that changes something: who, what, with which result. */
import type { FastifyInstance } from 'fastify';

const READS = new Set(['GET', 'HEAD', 'OPTIONS']);

export function installAudit(app: FastifyInstance): void {
  app.addHook('onResponse', async (request, reply) => {
    const line = {
      owner: request.owner,
      method: request.method,
      route: request.routeOptions.url,
      params: request.params,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      from: request.ip,
    };
    if (READS.has(request.method)) request.log.debug(line, 'request');
    else request.log.info({ audit: true, ...line, made: reply.getHeader('location') }, 'audit');
  });
}
