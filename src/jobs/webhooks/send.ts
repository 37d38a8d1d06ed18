/**
 * One signed POST, as the Standard Webhooks specification asks for it.
 * https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
 *
 * Invariant: no redirect is followed, no answer is read beyond its status, and it ends within `TIMEOUT_MS`.
 */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Webhook } from 'standardwebhooks';
import { checkTarget, guardedLookup, type WebhookTargets } from './allowed-targets.ts';

/** "Recommended timeout: 15s to 30s." */
const TIMEOUT_MS = 15_000;

export interface Message {
  /** Unique for the event, the same for each attempt to deliver it. */
  readonly id: string;
  readonly at: Date;
  readonly body: string;
}

export interface SendOptions {
  readonly targets: WebhookTargets;
  /** `whsec_…`; the first is the current one, others are signed with while receivers change over. */
  readonly secrets: readonly string[];
}

/** @returns the status @throws where no answer comes, or the target is not allowed (any more) */
export function send(target: string, message: Message, { targets, secrets }: SendOptions): Promise<number> {
  const url = checkTarget(target, targets);
  const signature = secrets
    .map(secret => new Webhook(secret).sign(message.id, message.at, message.body))
    .join(' ');
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = start(
      url,
      {
        method: 'POST',
        lookup: guardedLookup(targets),
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(message.body),
          'user-agent': 'bitpress-webhook',
          'webhook-id': message.id,
          'webhook-timestamp': Math.floor(message.at.getTime() / 1000),
          'webhook-signature': signature,
        },
      },
      response => {
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    request.once('error', reject);
    request.end(message.body);
  });
}
