/** POST /v1/jobs: a spec that names stored files, or everything in one call. */
import { type Static, Type } from 'typebox';
import { closed } from '../../contracts/common.ts';
import { isOver } from '../../jobs/job-view.ts';
import { jobId } from '../../jobs/payload.ts';
import { checkWebhook } from '../check-webhook.ts';
import { body, filePart, json, ref } from '../components.ts';
import {
  JOB_EXAMPLE,
  RUNNING_JOB_EXAMPLE,
  SUBMISSION_EXAMPLE,
  SUBMISSION_FORM_EXAMPLE,
} from '../examples.ts';
import { Idempotency, LOCATION, POLL_SECONDS, RETRY_AFTER } from '../headers.ts';
import { once } from '../idempotency.ts';
import { PLANNING, problems, READING_DATASET, READING_MODEL, UPLOADING } from '../problems.ts';
import { clientGone, owned, type Routes } from '../route.ts';
import { readSubmission } from '../submission.ts';

const SubmissionForm = Type.Object(
  {
    spec: Type.String({ contentMediaType: 'application/json' }),
    model: Type.Optional(filePart('Repeat for external data; or "model" in the spec names a stored one')),
    calibration: Type.Optional(filePart('Or "calibration" in the spec')),
    evaluation: Type.Optional(filePart('Or "evaluation" in the spec')),
    webhook: Type.Optional(Type.String({ description: 'URL to tell when the job is over' })),
  },
  closed,
);

const SubmitQuery = Type.Object(
  {
    validateOnly: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Check everything and answer what the job would do, without running it',
      }),
    ),
  },
  closed,
);

export const submitJob: Routes = (app, deps) => {
  app.post(
    '/v1/jobs',
    {
      schema: {
        operationId: 'submitJob',
        tags: ['jobs'],
        summary: 'Submit a job',
        description:
          'JSON naming stored files, or multipart with the files and a "spec" part. 200 with the finished job when the same work is already done. With `validateOnly` everything is checked, and the answer is what the job would do.',
        querystring: SubmitQuery,
        headers: Idempotency,
        ...body({
          'application/json': { schema: ref('JobSubmission'), example: SUBMISSION_EXAMPLE },
          'multipart/form-data': { schema: SubmissionForm, example: SUBMISSION_FORM_EXAMPLE },
        }),
        response: {
          200: json(
            'The same work was done before; with `validateOnly` the plan preview',
            Type.Union([ref('Job'), ref('PlanPreview')]),
            JOB_EXAMPLE,
            { location: LOCATION },
          ),
          202: json('It will be done', ref('Job'), RUNNING_JOB_EXAMPLE, {
            location: LOCATION,
            'retry-after': RETRY_AFTER,
          }),
          ...problems(
            'not_found',
            'invalid_spec',
            'calibration_required',
            'webhook_refused',
            'queue_full',
            ...UPLOADING,
            ...READING_MODEL,
            ...READING_DATASET,
            ...PLANNING,
          ),
        },
      },
    },
    async (request, reply) => {
      const mine = owned(request, deps);
      const { jobs, store } = mine;
      const { model, spec, webhook, data } = await readSubmission(request, mine);
      const hooks = webhook === undefined ? undefined : checkWebhook(webhook, deps);
      if ((request.query as Static<typeof SubmitQuery>).validateOnly)
        return reply.code(200).send(await mine.inspector.preview(model.files, spec, clientGone(request)));
      const id = jobId(model.id, spec, request.owner);
      const { view, created } = await once(request, mine, `${id} ${webhook ?? ''}`, async () => {
        // Begins the lifetime of what the job needs anew.
        await store.touchDocument('models', model.id);
        for (const dataset of data) await store.touchDocument('datasets', dataset.id);
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
      return !created && isOver(view)
        ? reply.code(200).send(view)
        : reply.code(202).header('retry-after', POLL_SECONDS).send(view);
    },
  );
};
