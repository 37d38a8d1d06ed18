/** A webhook on one job: a signed POST when the job is over. */
import { type Static, Type } from 'typebox';
import { closed, oneOf, Timestamp } from './common.ts';

export const WebhookRequest = Type.Object(
  {
    url: Type.String({
      format: 'uri',
      maxLength: 2048,
      description: 'https: URL on a host that the service allows',
      examples: ['https://ci.example.com/hooks/bitpress'],
    }),
  },
  { ...closed, title: 'WebhookRequest' },
);

export const WEBHOOK_STATES = ['waiting', 'retrying', 'delivered', 'failed'] as const;

export const WebhookView = Type.Object(
  {
    id: Type.String({ description: 'Number of the webhook on its job', examples: ['0'] }),
    url: Type.String(),
    state: oneOf(WEBHOOK_STATES, {
      description:
        'waiting for the end of the job, retrying after a failed delivery, delivered, or given up as failed',
    }),
    attempts: Type.Integer({ minimum: 0, description: 'Failed deliveries so far' }),
    error: Type.Optional(Type.String({ description: 'Why the last delivery failed' })),
    deliveredAt: Type.Optional(Timestamp),
  },
  { ...closed, title: 'Webhook' },
);
export type WebhookView = Static<typeof WebhookView>;

/** What is sent: Standard Webhooks' envelope around the job as GET shows it. */
export type WebhookEvent = 'job.succeeded' | 'job.failed' | 'job.cancelled';
