/** One line of the log for each request that changes something: who, what, with which result. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { isRead } from '../route.ts';

export function installAudit(app: FastifyInstance): void {
  const tells = (request: FastifyRequest): boolean =>
    !isRead(request) || (app.log as Logger).isLevelEnabled('debug');
  app.addHook('onResponse', (request, reply, done) => {
    done();
    if (!tells(request)) return;
    const line = {
      owner: request.owner,
      method: request.method,
      route: request.routeOptions.url,
      params: request.params,
      status: reply.statusCode,
      milliseconds: Math.round(reply.elapsedTime),
      from: request.ip,
    };
    if (isRead(request)) request.log.debug(line, 'request');
    else request.log.info({ audit: true, ...line, made: reply.getHeader('location') }, 'audit');
  });
}
