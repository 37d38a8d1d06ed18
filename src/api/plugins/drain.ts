/**
 * What a server that stops still answers: reads, so that clients of jobs that are ending hear of it; nothing that would
 * begin something.
 */
import type { FastifyInstance } from 'fastify';
import { BitpressError } from '../../errors.ts';
import type { ApiDeps } from '../deps.ts';
import { isRead } from '../route.ts';

export function installDrain(app: FastifyInstance, { draining }: ApiDeps): void {
  app.addHook('onRequest', (request, reply, done) => {
    if (!draining.aborted) return done();
    // The next request of this client goes to a server that stays.
    reply.header('connection', 'close');
    if (isRead(request)) return done();
    done(new BitpressError('shutting_down', 'nothing new is taken any more'));
  });
}
