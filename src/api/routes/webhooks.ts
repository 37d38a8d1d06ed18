/** Webhooks of a job: asked for, listed, sent again. */
import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { closed, Digest } from '../../contracts/common.ts';
import { WebhookRequest } from '../../contracts/webhook.ts';
import { BitpressError } from '../../errors.ts';
import { needWebhooks } from '../check-webhook.ts';
import { body, json, ref } from '../components.ts';
import type { ApiDeps } from '../deps.ts';
import { WEBHOOK_EXAMPLE } from '../examples.ts';
import { problems } from '../problems.ts';
import { IdParams, idOf, owned, type Routes } from '../route.ts';

const WebhookParams = Type.Object({ id: Digest, webhook: Type.String({ pattern: '^[0-9]$' }) });

export const webhooks: Routes = (app, deps) => {
  app.post(
    '/v1/jobs/:id/webhooks',
    {
      schema: {
        operationId: 'addWebhook',
        tags: ['jobs'],
        summary: 'Be told when the job is over',
        description:
          'A POST signed as Standard Webhooks says, with the event job.succeeded, job.failed or job.cancelled and the job as data. Also for a job that is over; the same URL again is sent again.',
        params: IdParams,
        ...body({ 'application/json': { schema: WebhookRequest, example: { url: WEBHOOK_EXAMPLE.url } } }),
        response: {
          202: json('It will be sent', ref('Webhook'), WEBHOOK_EXAMPLE),
          ...problems(
            'not_found',
            'webhook_refused',
            'conflict',
            'unsupported_media_type',
            'payload_too_large',
          ),
        },
      },
    },
    async (request, reply) => {
      const job = await known(request, deps);
      return reply.code(202).send(await needWebhooks(deps).subscribe(job, urlOf(request.body)));
    },
  );

  app.get(
    '/v1/jobs/:id/webhooks',
    {
      schema: {
        operationId: 'listWebhooks',
        tags: ['jobs'],
        summary: 'Webhooks of a job and what became of them',
        params: IdParams,
        response: {
          200: json('All of them', Type.Object({ items: Type.Array(ref('Webhook')) }, closed), {
            items: [WEBHOOK_EXAMPLE],
          }),
          ...problems('not_found'),
        },
      },
    },
    async request => {
      const job = await known(request, deps);
      return { items: deps.webhooks ? await deps.webhooks.list(job) : [] };
    },
  );

  app.post(
    '/v1/jobs/:id/webhooks/:webhook/redeliver',
    {
      schema: {
        operationId: 'redeliverWebhook',
        tags: ['jobs'],
        summary: 'Send a webhook again',
        params: WebhookParams,
        response: {
          202: json('It will be sent', ref('Webhook'), WEBHOOK_EXAMPLE),
          ...problems('not_found', 'webhook_refused', 'conflict'),
        },
      },
    },
    async (request, reply) => {
      const job = await known(request, deps);
      const { webhook } = request.params as { webhook: string };
      return reply.code(202).send(await needWebhooks(deps).redeliver(job, webhook));
    },
  );
};

async function known(request: FastifyRequest, deps: ApiDeps): Promise<string> {
  const id = idOf(request);
  if (!(await owned(request, deps).jobs.get(id)))
    throw new BitpressError('not_found', `there is no job ${id}`);
  return id;
}

function urlOf(body: unknown): string {
  if (Value.Check(WebhookRequest, body)) return body.url;
  throw new BitpressError('invalid_request', 'the body must be {"url": "https://…"}', { field: 'url' });
}
