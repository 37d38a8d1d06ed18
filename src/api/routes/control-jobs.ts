/** Cancel and retry. */
import { json, ref } from '../components.ts';
import { RUNNING_JOB_EXAMPLE } from '../examples.ts';
import { LOCATION, POLL_SECONDS, RETRY_AFTER } from '../headers.ts';
import { problems } from '../problems.ts';
import { IdParams, idOf, owned, type Routes } from '../route.ts';

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
          response: {
            202: json('The job now', ref('Job'), RUNNING_JOB_EXAMPLE, {
              location: LOCATION,
              'retry-after': RETRY_AFTER,
            }),
            ...problems('not_found', 'conflict'),
          },
        },
      },
      async (request, reply) => {
        const view = await owned(request, deps).jobs[verb](idOf(request));
        return reply
          .code(202)
          .header('location', view.links.self)
          .header('retry-after', POLL_SECONDS)
          .send(view);
      },
    );
};
