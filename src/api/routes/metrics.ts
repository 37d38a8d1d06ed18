/** Prometheus metrics: requests, uploads and jobs by state. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { text } from '../components.ts';
import { problems } from '../problems.ts';
import type { Routes } from '../route.ts';

export const metrics: Routes = (app, { jobs }) => {
  const registry = new Registry();
  const registers = [registry];
  const duration = new Histogram({
    name: 'bitpress_http_request_seconds',
    help: 'Time to answer, by route',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const uploaded = new Counter({
    name: 'bitpress_upload_bytes_total',
    help: 'Bytes received in request bodies',
    registers,
  });
  new Gauge({
    name: 'bitpress_jobs',
    help: 'Jobs in the queue, by state of the queue',
    labelNames: ['state'],
    registers,
    async collect() {
      const counts = await jobs.counts().catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  app.addHook('onResponse', (request, reply, done) => {
    done();
    // The pattern and not the path: a label for each id would grow without end.
    const route = request.routeOptions.url ?? 'none';
    duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    uploaded.inc(request.raw.method === 'POST' ? Number(request.headers['content-length'] ?? 0) || 0 : 0);
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
    async (_request, reply) => reply.type(registry.contentType).send(await registry.metrics()),
  );
};
