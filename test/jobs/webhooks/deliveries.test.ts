import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { modelId } from '../../../src/contracts/model-id.ts';
import type { WebhookView } from '../../../src/contracts/webhook.ts';
import type { Backend } from '../../../src/jobs/backend.ts';
import { openEmbedded } from '../../../src/jobs/embedded.ts';
import { type Jobs, jobs } from '../../../src/jobs/queue.ts';
import { openRedis } from '../../../src/jobs/redis.ts';
import { type Webhooks, webhooks } from '../../../src/jobs/webhooks/deliveries.ts';
import { type RunningWorker, startWorker } from '../../../src/jobs/worker.ts';
import { prometheusMeters } from '../../../src/platform/prometheus.ts';
import { fileStore } from '../../../src/platform/stores/fs.ts';
import { fakeSandbox } from '../../support/fake-sandbox-entry.ts';
import { hasRedis, startRedis, type TestRedis } from '../../support/redis.ts';

const SECRET = `whsec_${Buffer.from('a secret of twenty-four b').toString('base64')}`;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

interface Received {
  readonly path: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

/** Answers the statuses of its list in turn, then 204. */
class Receiver {
  readonly received: Received[] = [];
  statuses: number[] = [];
  url = '';
  readonly #server: Server = createServer(async (request, response) => {
    this.received.push({ path: request.url ?? '', headers: request.headers, body: await text(request) });
    response.writeHead(this.statuses.shift() ?? 204, { location: '/elsewhere' }).end();
  });
  async start(): Promise<void> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }
  async stop(): Promise<void> {
    await new Promise(resolve => this.#server.close(resolve));
  }
}

describe.each(['embedded', 'redis'] as const)('%s', kind => {
  describe.skipIf(kind === 'redis' && !hasRedis)('(redis needs redis-server on the PATH)', () => {
    let root: string;
    let redis: TestRedis | undefined;
    let backend: Backend;
    let queue: Jobs;
    let hooks: Webhooks;
    let worker: RunningWorker;
    const receiver = new Receiver();
    const meters = prometheusMeters();

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'bitpress-webhooks-'));
      await receiver.start();
      if (kind === 'redis') redis = await startRedis();
      backend = redis ? openRedis(redis.url, () => {}) : await openEmbedded(join(root, 'queue'), () => {});
      queue = jobs(backend, { maxQueued: 50, retentionSeconds: 3600 });
      worker = startWorker({
        backend,
        store: fileStore(join(root, 'store')),
        entry: fakeSandbox,
        scratch: join(root, 'scratch'),
        limits: { timeoutSeconds: 20, memoryMb: 2048 },
        concurrency: 1,
        log: quiet,
        meters: prometheusMeters(),
      });
      hooks = webhooks({
        backend,
        jobs: queue,
        meters,
        targets: { allowed: [receiver.url], allowPrivate: true },
        secrets: [SECRET],
        retentionSeconds: 3600,
        backoffMs: 100,
      });
    });
    afterAll(async () => {
      await worker?.close(0);
      await backend?.close();
      await redis?.stop();
      await receiver.stop();
      rmSync(root, { recursive: true, force: true });
    });

    const submit = async (content: string): Promise<string> => {
      const blob = await fileStore(join(root, 'store')).put(Readable.from([content]));
      const files = [{ name: 'model.onnx', ...blob }];
      const spec = { method: { type: 'convert' }, target: 'cpu', repair: true, benchmark: true };
      const { view } = await queue.submit({ model: modelId(files), files, spec, cancelRequested: false });
      return view.id;
    };
    const settled = async (job: string): Promise<readonly WebhookView[]> => {
      for (let turn = 0; turn < 150; turn++) {
        const found = await hooks.list(job);
        if (found.every(({ state }) => state === 'delivered' || state === 'failed')) return found;
        await sleep(100);
      }
      return hooks.list(job);
    };

    test('the end of a job is sent once, signed, to every webhook of it', async () => {
      const job = await submit('slow webhooks');
      expect(await hooks.subscribe(job, `${receiver.url}/a`)).toMatchObject({ id: '0', state: 'waiting' });
      expect(await hooks.subscribe(job, `${receiver.url}/a`)).toMatchObject({ id: '0' });
      expect(await hooks.subscribe(job, `${receiver.url}/b`)).toMatchObject({ id: '1' });
      expect(await settled(job)).toMatchObject([
        { url: `${receiver.url}/a`, state: 'delivered', attempts: 0 },
        { url: `${receiver.url}/b`, state: 'delivered', attempts: 0 },
      ]);
      expect(receiver.received.map(({ path }) => path).sort()).toEqual(['/a', '/b']);
      const { headers, body } = receiver.received[0]!;
      expect(JSON.parse(body)).toMatchObject({
        type: 'job.succeeded',
        data: { id: job, state: 'succeeded', verdict: 'pass' },
      });
      // Standard Webhooks, "Signature scheme": HMAC-SHA256 of "id.timestamp.body" under the decoded secret.
      const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`;
      const key = Buffer.from(SECRET.slice('whsec_'.length), 'base64');
      const expected = createHmac('sha256', key).update(signed).digest('base64');
      expect(headers['webhook-signature']).toBe(`v1,${expected}`);
      expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1000)).toBeLessThan(60);
    });

    test('a receiver in trouble is tried again with the same message; a redirect is not followed', async () => {
      const job = await submit('good webhooks');
      await queue.wait(job, 20_000, new AbortController().signal);
      receiver.received.length = 0;
      receiver.statuses = [500, 302];
      await hooks.subscribe(job, `${receiver.url}/c`);
      expect(await settled(job)).toMatchObject([{ state: 'delivered', attempts: 2 }]);
      expect(receiver.received.map(({ path }) => path)).toEqual(['/c', '/c', '/c']);
      expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    });

    test('410 ends it, and it is sent again on demand as a new message', async () => {
      const job = await submit('broken webhooks');
      await queue.wait(job, 20_000, new AbortController().signal);
      receiver.received.length = 0;
      receiver.statuses = [410];
      await hooks.subscribe(job, `${receiver.url}/d`);
      expect(await settled(job)).toMatchObject([{ state: 'failed', error: 'the receiver answered 410' }]);
      await hooks.redeliver(job, '0');
      expect(await settled(job)).toMatchObject([{ state: 'delivered' }]);
      expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(2);
      expect(JSON.parse(receiver.received[1]!.body)).toMatchObject({
        type: 'job.failed',
        data: { error: { code: 'model_unreadable' } },
      });
      await expect(hooks.redeliver(job, '4')).rejects.toMatchObject({ code: 'not_found' });
    });

    test('attempts are counted by what became of them', async () => {
      const told = await meters.text();
      const count = (outcome: string): number =>
        Number(
          new RegExp(`^bitpress_webhook_attempts_total\\{outcome="${outcome}"\\} (\\d+)$`, 'm').exec(
            told,
          )?.[1],
        );
      expect(count('abandoned')).toBe(1);
      expect(count('failed')).toBeGreaterThan(0);
      expect(count('delivered')).toBeGreaterThan(count('abandoned'));
    });

    test('a host that is not named is refused when it is asked for', async () => {
      await expect(hooks.subscribe('0'.repeat(64), 'https://example.com/')).rejects.toMatchObject({
        code: 'webhook_refused',
      });
    });

    test('a job has five webhooks at most', async () => {
      const job = await submit('good webhooks');
      for (const path of ['e', 'f', 'g', 'h']) await hooks.subscribe(job, `${receiver.url}/${path}`);
      await expect(hooks.subscribe(job, `${receiver.url}/i`)).rejects.toMatchObject({ code: 'conflict' });
    });
  });
});
