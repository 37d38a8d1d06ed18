/** Jobs: state with long polling, list. */
import type { FastifyRequest } from 'fastify';
import { type Static, Type } from 'typebox';
import { Digest, page } from '../../contracts/common.ts';
import { JobStateSchema } from '../../contracts/job.ts';
import { BitpressError } from '../../errors.ts';
import { isOver } from '../../jobs/job-view.ts';
import { json, ref } from '../components.ts';
import { JOB_EXAMPLE } from '../examples.ts';
import { POLL_SECONDS, PREFERENCE_APPLIED, RETRY_AFTER, WaitRequest } from '../headers.ts';
import { Cursor } from '../list-documents.ts';
import { type JobQuery, listJobs } from '../list-jobs.ts';
import { problems } from '../problems.ts';
import { clientOrServerGone, IdParams, idOf, owned, type Routes } from '../route.ts';

/** Proxies cut idle connections at about a minute. */
const MAX_WAIT_SECONDS = 60;

const WaitQuery = Type.Object(
  {
    wait: Type.Optional(
      Type.Number({ minimum: 0, maximum: MAX_WAIT_SECONDS, description: 'Seconds to wait for the end' }),
    ),
  },
  { additionalProperties: false },
);

const JobListQuery = Type.Object(
  {
    state: Type.Optional(JobStateSchema),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
    model: Type.Optional(Digest),
    cursor: Type.Optional(Cursor),
  },
  { additionalProperties: false },
);

export const readJobs: Routes = (app, deps) => {
  app.get(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        tags: ['jobs'],
        summary: 'State of a job',
        description:
          '?wait=60 or "Prefer: wait=60" answers when the job is over, or after that many seconds.',
        params: IdParams,
        querystring: WaitQuery,
        headers: WaitRequest,
        response: {
          200: json('The job', ref('Job'), JOB_EXAMPLE, {
            'retry-after': RETRY_AFTER,
            'preference-applied': PREFERENCE_APPLIED,
          }),
          ...problems('not_found'),
        },
      },
    },
    async (request, reply) => {
      const { jobs } = owned(request, deps);
      const { seconds, preferred } = waitOf(request);
      const id = idOf(request);
      const view =
        seconds === 0
          ? await jobs.get(id)
          : await jobs.wait(id, seconds * 1000, clientOrServerGone(request, deps));
      if (!view) throw new BitpressError('not_found', `there is no job ${id}`);
      if (preferred) reply.header('preference-applied', `wait=${seconds}`);
      if (!isOver(view)) reply.header('retry-after', POLL_SECONDS);
      return reply.header('cache-control', 'no-store').send(view);
    },
  );

  app.get(
    '/v1/jobs',
    {
      schema: {
        operationId: 'listJobs',
        tags: ['jobs'],
        summary: 'List jobs, the last submitted first',
        querystring: JobListQuery,
        response: { 200: json('A page', page(ref('Job')), { items: [JOB_EXAMPLE] }), ...problems('gone') },
      },
    },
    request => listJobs(owned(request, deps), request.query as JobQuery),
  );
};

/** RFC 7240, 4.3: `Prefer: wait=<seconds>`. The query parameter is the stronger wish, since it cannot be ignored. */
function waitOf(request: FastifyRequest): { readonly seconds: number; readonly preferred: boolean } {
  const { wait } = request.query as Static<typeof WaitQuery>;
  const asked = /(?:^|[,;\s])wait=(\d{1,4})(?![\w.])/i.exec(
    [request.headers.prefer ?? ''].flat().join(','),
  )?.[1];
  const preferred = wait === undefined && asked !== undefined;
  return { seconds: Math.min(wait ?? Number(asked ?? 0), MAX_WAIT_SECONDS), preferred };
}
