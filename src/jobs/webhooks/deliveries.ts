/**
 * Webhooks of jobs. Each is a job of a queue of its own, so that deliveries are retried, survive restarts and happen once
 * however many servers there are.
 *
 * Invariant: a webhook waits in the queue from the moment it is accepted; that the event of its job's end was missed only
 * delays it by `LOOK_MS`.
 */
import { DelayedError, type Job, UnrecoverableError } from 'bullmq';
import type { Meters } from '../../contracts/meters.ts';
import type { WebhookEvent, WebhookView } from '../../contracts/webhook.ts';
import { BitpressError, isBitpressError } from '../../errors.ts';
import type { Backend } from '../backend.ts';
import { isOver } from '../job-view.ts';
import { answered, type Jobs } from '../queue.ts';
import { type Snapshot, snapshot } from '../snapshot.ts';
import { checkTarget } from './allowed-targets.ts';
import { type SendOptions, send } from './send.ts';

const QUEUE_NAME = 'bitpress-webhooks';
/** Webhooks of one job. */
const MAX_PER_JOB = 5;
const LOOK_MS = 15_000;
/** Pauses of 5 s, 10 s, 20 s ... : given up after about six hours. */
const ATTEMPTS = 12;
const BACKOFF_MS = 5_000;
const CONCURRENCY = 4;
const LOCK_MS = 60_000;
/** "410 Gone: the sender should disable the endpoint and stop sending messages to it." */
const GONE = 410;

interface Delivery {
  readonly job: string;
  readonly slot: number;
  readonly url: string;
  /** When it was last asked for: one asking, one message id. */
  readonly armedAt: number;
}

type DeliveryJob = Job<Delivery, { readonly status: number }>;
type Found = Snapshot<Delivery, { readonly status: number }>;

export interface WebhookOptions extends SendOptions {
  readonly backend: Backend;
  readonly jobs: Jobs;
  readonly meters: Meters;
  readonly retentionSeconds: number;
  /** Pause before the second attempt; shorter in tests. */
  readonly backoffMs?: number;
}

export interface Webhooks {
  /** @throws BitpressError webhook_refused */
  check(url: string): void;
  /** Asking again for the same URL sends again. @throws BitpressError webhook_refused, conflict */
  subscribe(job: string, url: string): Promise<WebhookView>;
  list(job: string): Promise<readonly WebhookView[]>;
  /** @throws BitpressError not_found */
  redeliver(job: string, id: string): Promise<WebhookView>;
}

export function webhooks(options: WebhookOptions): Webhooks {
  const { backend, targets, retentionSeconds } = options;
  const queue = backend.queue<Delivery, { readonly status: number }>(QUEUE_NAME);
  const slots = [...Array(MAX_PER_JOB).keys()];
  const find = (job: string, slot: number): Promise<Found | undefined> => snapshot(queue, `${job}-${slot}`);

  backend.worker<Delivery, { readonly status: number }>(
    (delivery, token) => deliver(delivery, token, options),
    { concurrency: CONCURRENCY, lockMs: LOCK_MS },
    QUEUE_NAME,
  );

  /** Those that wait for the end of this job need not wait for their next look. */
  const wake = ({ jobId: job }: { readonly jobId: string }): void => {
    const promote = async (slot: number): Promise<void> => {
      const found = await find(job, slot);
      if (found && found.job.attemptsMade === 0) await found.job.promote();
    };
    // Another server may have been first.
    for (const slot of slots) promote(slot).catch(() => {});
  };
  const events = backend.events();
  events.on('completed', wake);
  events.on('failed', wake);

  async function again(found: Found): Promise<WebhookView> {
    const { job: delivery, state } = found;
    if (state === 'completed' || state === 'failed') {
      await delivery.updateData({ ...delivery.data, armedAt: Date.now() });
      await delivery.retry(state, { resetAttemptsMade: true, resetAttemptsStarted: true });
    } else if (state === 'delayed') await delivery.promote().catch(() => {});
    return view((await find(delivery.data.job, delivery.data.slot)) ?? found);
  }

  return {
    check: url => void checkTarget(url, targets),

    subscribe: (job, url) =>
      answered(async () => {
        checkTarget(url, targets);
        for (const slot of slots) {
          const known = await find(job, slot);
          if (known?.job.data.url === url) return again(known);
          if (known) continue;
          await queue.add(
            'webhook',
            { job, slot, url, armedAt: Date.now() },
            {
              jobId: `${job}-${slot}`,
              attempts: ATTEMPTS,
              backoff: { type: 'exponential', delay: options.backoffMs ?? BACKOFF_MS },
              removeOnComplete: { age: retentionSeconds },
              removeOnFail: { age: retentionSeconds },
            },
          );
          // Where two ask at once, the queue keeps the first of an id.
          const added = await find(job, slot);
          if (added?.job.data.url === url) return view(added);
        }
        throw new BitpressError('conflict', `a job has ${MAX_PER_JOB} webhooks at most`);
      }),

    list: job =>
      answered(async () => {
        const found = await Promise.all(slots.map(slot => find(job, slot)));
        return found.filter(delivery => delivery !== undefined).map(view);
      }),

    redeliver: (job, id) =>
      answered(async () => {
        const delivery = slots.includes(Number(id)) ? await find(job, Number(id)) : undefined;
        if (!delivery) throw new BitpressError('not_found', `the job has no webhook ${id}`);
        return again(delivery);
      }),
  };
}

async function deliver(
  delivery: DeliveryJob,
  token: string | undefined,
  options: WebhookOptions,
): Promise<{ readonly status: number }> {
  const { job, slot, url, armedAt } = delivery.data;
  const found = await options.jobs.get(job);
  if (!found) throw new UnrecoverableError('the job is no longer known');
  if (!isOver(found)) {
    await delivery.moveToDelayed(Date.now() + LOOK_MS, token);
    throw new DelayedError();
  }
  const type = `job.${found.state}` as WebhookEvent;
  const at = new Date();
  const body = JSON.stringify({ type, timestamp: found.finishedAt ?? at.toISOString(), data: found });
  const last = delivery.attemptsMade + 1 >= ATTEMPTS;
  const refuse = (message: string, final: boolean): Error => {
    options.meters.webhook(final || last ? 'abandoned' : 'failed');
    return final ? new UnrecoverableError(message) : new Error(message);
  };
  let status: number;
  try {
    status = await send(url, { id: `${job.slice(0, 32)}-${slot}-${armedAt}`, at, body }, options);
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error), isBitpressError(error));
  }
  if (status < 200 || status >= 300) throw refuse(`the receiver answered ${status}`, status === GONE);
  options.meters.webhook('delivered');
  return { status };
}

function view({ job: delivery, state }: Found): WebhookView {
  const over = state === 'completed' ? 'delivered' : state === 'failed' ? 'failed' : undefined;
  return {
    id: String(delivery.data.slot),
    url: delivery.data.url,
    state: over ?? (delivery.attemptsMade > 0 ? 'retrying' : 'waiting'),
    attempts: over === 'delivered' ? Math.max(0, delivery.attemptsMade - 1) : delivery.attemptsMade,
    ...(over !== 'delivered' && delivery.failedReason && { error: delivery.failedReason }),
    ...(over === 'delivered' &&
      delivery.finishedOn !== undefined && { deliveredAt: new Date(delivery.finishedOn).toISOString() }),
  };
}
