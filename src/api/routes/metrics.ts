/** Prometheus metrics of this process, and the depth of the queue. */
import { text } from '../components.ts';
import { problems } from '../problems.ts';
import type { Routes } from '../route.ts';

export const metrics: Routes = (app, { jobs, meters }) => {
  meters.watchQueue(() => jobs.counts());
  app.addHook('onResponse', (request, reply, done) => {
    done();
    const route = request.routeOptions.url ?? 'none';
    meters.request(request.method, route, reply.statusCode, reply.elapsedTime / 1000);
  });
  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'metrics',
        tags: ['service'],
        summary: 'Prometheus metrics',
        response: {
          200: text('The metrics', { 'text/plain': 'bitpress_jobs{state="active"} 1\n' }),
          ...problems(),
        },
      },
    },
    async (_request, reply) => reply.type(meters.contentType).send(await meters.text()),
  );
};
