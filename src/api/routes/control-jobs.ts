/** Cancel and retry. */
import { JobView } from '../../contracts/job.ts';
import { IdParams, idOf, owned, problems, type Routes } from '../route.ts';

export const controlJobs: Routes = (app, deps) => {
  const verbs = {
    cancel: 'Stop a job, also while it runs',
    retry: 'Run a failed or cancelled job again',
  } as const;
  for (const verb of ['cancel', 'retry'] as const)
    app.post(
      `/v1/jobs/:id/${verb}`,
      {
        schema: {
          operationId: `${verb}Job`,
          tags: ['jobs'],
          summary: verbs[verb],
          params: IdParams,
          response: { 202: JobView, ...problems },
        },
      },
      async (request, reply) => {
        const view = await owned(request, deps).jobs[verb](idOf(request));
        return reply.code(202).header('location', view.links.self).send(view);
      },
    );
};
