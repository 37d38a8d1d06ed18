/** For orchestrators: alive (this process answers) and ready (queue and store answer). */
import { Type } from 'typebox';
import { json } from '../components.ts';
import { problems } from '../problems.ts';
import type { Routes } from '../route.ts';

const Checks = Type.Object({
  status: Type.String({ description: 'ok, unavailable, or draining: the server stops' }),
  checks: Type.Record(Type.String(), Type.String()),
});

export const health: Routes = (app, { jobs, store, draining }) => {
  app.get(
    '/livez',
    {
      schema: {
        operationId: 'livez',
        tags: ['service'],
        summary: 'The process answers',
        response: {
          200: json('It does', Type.Object({ status: Type.String() }), { status: 'ok' }),
          ...problems(),
        },
      },
    },
    async () => ({ status: 'ok' }),
  );
  app.get(
    '/readyz',
    {
      schema: {
        operationId: 'readyz',
        tags: ['service'],
        summary: 'Queue and store answer',
        response: {
          ...problems(),
          200: json('Both do', Checks, { status: 'ok', checks: { queue: 'ok', store: 'ok' } }),
          503: json('One does not', Checks, {
            status: 'unavailable',
            checks: { queue: 'unavailable', store: 'ok' },
          }),
        },
      },
    },
    async (_request, reply) => {
      const state = (check: Promise<void>): Promise<string> =>
        check.then(
          () => 'ok',
          () => 'unavailable',
        );
      const [queue, storage] = await Promise.all([state(jobs.ping()), state(store.check())]);
      const works = queue === 'ok' && storage === 'ok';
      const status = draining.aborted ? 'draining' : works ? 'ok' : 'unavailable';
      return reply.code(status === 'ok' ? 200 : 503).send({ status, checks: { queue, store: storage } });
    },
  );
};
