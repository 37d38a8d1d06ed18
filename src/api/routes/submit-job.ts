/** POST /v1/jobs: a spec that names stored files, or everything in one call. */
import { Type } from 'typebox';
import { JobSubmission, JobView } from '../../contracts/job.ts';
import { datasetsOf, jobId } from '../../jobs/payload.ts';
import { checkWebhook } from '../check-webhook.ts';
import { once } from '../idempotency.ts';
import { needDataset } from '../resources.ts';
import { owned, problems, type Routes } from '../route.ts';
import { readSubmission } from '../submission.ts';

const POLL_SECONDS = 1;

const file = { contentMediaType: 'application/octet-stream' };
const SubmissionForm = Type.Object({
  model: Type.Any({ ...file, description: 'Repeat for external data' }),
  calibration: Type.Optional(Type.Any(file)),
  evaluation: Type.Optional(Type.Any(file)),
  spec: Type.String({ contentMediaType: 'application/json' }),
  webhook: Type.Optional(Type.String({ description: 'URL to tell when the job is over' })),
});

export const submitJob: Routes = (app, deps) => {
  app.post(
    '/v1/jobs',
    {
      schema: {
        operationId: 'submitJob',
        tags: ['jobs'],
        summary: 'Submit a job',
        description:
          'JSON naming stored files, or multipart with the files and a "spec" part. 200 with the finished job when the same work is already done.',
        querystring: Type.Object({}, { additionalProperties: false }),
        body: {
          content: {
            'application/json': { schema: JobSubmission },
            'multipart/form-data': { schema: SubmissionForm },
          },
        },
        response: { 200: JobView, 202: JobView, ...problems },
      },
    },
    async (request, reply) => {
      const mine = owned(request, deps);
      const { jobs, store } = mine;
      const { model, spec, webhook } = await readSubmission(request, mine);
      const hooks = webhook === undefined ? undefined : checkWebhook(webhook, deps);
      const ids = datasetsOf(spec);
      const data = await Promise.all(ids.map(id => needDataset(id, store)));
      const id = jobId(model.id, spec, request.owner);
      const { view, created } = await once(request, mine, `${id} ${webhook ?? ''}`, async () => {
        // Begins the lifetime of what the job needs anew.
        await store.touchDocument('models', model.id);
        for (const data of ids) await store.touchDocument('datasets', data);
        // What lists find the job by, and what keeps its files while it waits, comes before the job.
        await store.putDocument('jobs', id, { files: [...model.files, ...data.map(({ file }) => file)] });
        const submitted = await jobs.submit({
          model: model.id,
          files: model.files,
          spec,
          cancelRequested: false,
          ...(request.owner !== undefined && { owner: request.owner }),
        });
        if (hooks && webhook !== undefined) await hooks.subscribe(id, webhook);
        return submitted;
      });
      reply.header('location', view.links.self);
      const over = !created && view.state !== 'queued' && view.state !== 'running';
      return over
        ? reply.code(200).send(view)
        : reply.code(202).header('retry-after', POLL_SECONDS).send(view);
    },
  );
};
