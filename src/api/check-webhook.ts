/** Refuses a webhook before the work is accepted that it belongs to. */
import { BitpressError } from '../errors.ts';
import type { Webhooks } from '../jobs/webhooks/deliveries.ts';
import type { ApiDeps } from './deps.ts';

/** @throws BitpressError webhook_refused */
export function needWebhooks({ webhooks }: ApiDeps): Webhooks {
  if (!webhooks) throw new BitpressError('webhook_refused', 'this service sends no webhooks');
  return webhooks;
}

/** @throws BitpressError webhook_refused */
export function checkWebhook(url: string, deps: ApiDeps): Webhooks {
  const webhooks = needWebhooks(deps);
  webhooks.check(url);
  return webhooks;
}
