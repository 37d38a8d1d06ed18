/** One suite for both backends: what the API relies on must hold on each. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { JobView } from '../../src/contracts/job.ts';
import { modelId } from '../../src/contracts/model-id.ts';
import type { Store } from '../../src/contracts/store.ts';
import type { Backend } from '../../src/jobs/backend.ts';
import { openEmbedded } from '../../src/jobs/embedded.ts';
import type { JobPayload } from '../../src/jobs/payload.ts';
import { type AllJobs, jobs } from '../../src/jobs/queue.ts';
import { openRedis } from '../../src/jobs/redis.ts';
import { type RunningWorker, startWorker } from '../../src/jobs/worker.ts';
import { prometheusMeters } from '../../src/platform/prometheus.ts';
import { fileStore } from '../../src/platform/stores/fs.ts';
import { fakeSandbox } from '../support/fake-sandbox-entry.ts';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';

const quiet = { info: () => {}, warn: () => {}, error: () => {} };
/** Looks every 20 ms: the embedded database answers without leaving the process, and a tight loop would starve the worker. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(20);
}
const never = new AbortController().signal;

describe.each(['embedded', 'redis'] as const)('%s', kind => {
  describe.skipIf(kind === 'redis' && !hasRedis)('(redis needs redis-server on the PATH)', () => {
    let root: string;
    let redis: TestRedis | undefined;
    let backend: Backend;
    let store: Store;
    let queue: AllJobs;
    let worker: RunningWorker;

    const open = async (): Promise<void> => {
      backend = redis ? openRedis(redis.url, () => {}) : await openEmbedded(join(root, 'queue'), () => {});
      queue = jobs(backend, { maxQueued: 5, retentionSeconds: 3600 });
    };
    const startWork = (): void => {
      worker = startWorker({
        backend,
        store,
        entry: fakeSandbox,
        scratch: join(root, 'scratch'),
        limits: { timeoutSeconds: 20, memoryMb: 2048 },
        concurrency: 1,
        log: quiet,
        meters: prometheusMeters(),
      });
    };
    const payload = async (content: string): Promise<JobPayload> => {
      const blob = await store.put(Readable.from([content]));
      const files = [{ name: 'model.onnx', ...blob }];
      return {
        model: modelId(files),
        files,
        spec: { method: { type: 'convert' }, target: 'cpu', repair: true, benchmark: true },
        cancelRequested: false,
      };
    };
    const finish = (id: string): Promise<JobView | undefined> => queue.wait(id, 20_000, never);

    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'bitpress-queue-'));
      store = fileStore(join(root, 'store'));
      if (kind === 'redis') redis = await startRedis();
      await open();
    });
    afterAll(async () => {
      await worker?.close(0);
      await backend?.close();
      await redis?.stop();
      rmSync(root, { recursive: true, force: true });
    });

    test('jobs wait in order, and a full queue refuses', async () => {
      const views: JobView[] = [];
      for (const content of ['good 1', 'good 2', 'broken', 'good 3', 'good 4'])
        views.push((await queue.submit(await payload(content))).view);
      expect(views.map(view => view.state)).toEqual(Array(5).fill('queued'));
      expect((await queue.get(views[2]!.id))?.position).toBe(3);
      await expect(queue.submit(await payload('good 5'))).rejects.toMatchObject({ code: 'queue_full' });
    });

    test('a waiting job is cancelled at once, and comes back by retry', async () => {
      const { view } = await queue.submit(await payload('good 4'));
      expect((await queue.cancel(view.id)).state).toBe('cancelled');
      await expect(queue.cancel(view.id)).rejects.toMatchObject({ code: 'conflict' });
      expect((await queue.retry(view.id)).state).toBe('queued');
      expect((await queue.cancel(view.id)).state).toBe('cancelled');
    });

    test('jobs survive a restart and run to their end', async () => {
      await backend.close();
      await open();
      startWork();
      const { view, created } = await queue.submit(await payload('good 1'));
      expect(created).toBe(view.state === 'queued' && false);
      const done = await finish(view.id);
      expect(done).toMatchObject({ state: 'succeeded', verdict: 'pass', headline: '4 times smaller' });
      expect(done?.startedAt).toBeDefined();
      expect(done?.finishedAt).toBeDefined();
      const artifact = done?.artifacts?.find(({ name }) => name === 'model.onnx');
      expect(await text(await store.read(artifact!.sha256))).toBe('quantized good 1');
      expect(artifact!.url).toBe(`/v1/jobs/${view.id}/artifacts/model.onnx`);
    });

    test('the same work again is answered at once', async () => {
      const first = await finish((await queue.submit(await payload('good 1'))).view.id);
      const { view, created } = await queue.submit(await payload('good 1'));
      expect(created).toBe(false);
      expect(view).toEqual(first);
    });

    test('a deterministic failure is final and keeps its problem', async () => {
      const { view } = await queue.submit(await payload('broken'));
      const done = await finish(view.id);
      expect(done).toMatchObject({ state: 'failed', error: { code: 'model_unreadable', status: 422 } });
      expect((await queue.submit(await payload('broken'))).created).toBe(false);
    });

    test('a crash of the native runtime is sandbox_died', async () => {
      const { view } = await queue.submit(await payload('crash'));
      expect(await finish(view.id)).toMatchObject({ state: 'failed', error: { code: 'sandbox_died' } });
    });

    test('a running job is cancelled although its process is busy, and runs again when it is asked for', async () => {
      const { view } = await queue.submit(await payload('spin'));
      await until(async () => (await queue.get(view.id))?.state === 'running');
      await queue.cancel(view.id);
      expect(await finish(view.id)).toMatchObject({ state: 'cancelled', error: { code: 'cancelled' } });
      const again = await queue.submit(await payload('spin'));
      expect(again).toMatchObject({ created: true, view: { id: view.id } });
      await queue.cancel(view.id);
      expect((await finish(view.id))?.state).toBe('cancelled');
    });

    test('a worker that is closed returns its job to the queue, and the next one finishes it', async () => {
      const { view } = await queue.submit(await payload('slow'));
      await until(async () => (await queue.get(view.id))?.stage === 'calibrating');
      await worker.close(0);
      expect((await queue.get(view.id))?.state).toBe('queued');
      startWork();
      expect((await finish(view.id))?.state).toBe('succeeded');
    });

    test('a poll is never older than what was known before it', async () => {
      const { view } = await queue.submit(await payload('slow polls'));
      const direct = backend.queue();
      const order = ['waiting', 'active', 'completed'];
      const shown = ['queued', 'running', 'succeeded'];
      for (let state = 'waiting'; state !== 'completed'; ) {
        state = await direct.getJobState(view.id);
        const { progress } = (await direct.getJob(view.id))!;
        const polled = (await queue.get(view.id))!;
        expect(shown.indexOf(polled.state)).toBeGreaterThanOrEqual(order.indexOf(state));
        if (polled.state === 'running' && typeof progress === 'object')
          expect(polled).toMatchObject({ stage: 'calibrating', progress: 0.5 });
        await sleep(5);
      }
      expect((await queue.get(view.id))?.artifacts).toHaveLength(4);
    });

    test('whoever was told of a change polls it', async () => {
      const busy = (await queue.submit(await payload('spin polls'))).view.id;
      const first = (await queue.submit(await payload('good polls 1'))).view.id;
      const second = (await queue.submit(await payload('good polls 2'))).view.id;
      await until(async () => (await queue.get(busy))?.stage === 'calibrating');
      for (let turn = 0; turn < 3; turn++) {
        expect(await queue.get(second)).toMatchObject({ state: 'queued', position: 2 });
        await queue.cancel(second);
        expect((await queue.get(second))?.state).toBe('cancelled');
        await queue.retry(second);
        expect((await queue.get(second))?.state).toBe('queued');
      }
      await queue.cancel(busy);
      for (const id of [busy, first, second]) await finish(id);
      // The first has left the queue, and so the other has another place.
      expect((await queue.get(second))?.state).toBe('succeeded');
    });

    test.runIf(kind === 'embedded')(
      'polls cost the database nothing while nothing changes, and few of a job cost others nothing',
      async () => {
        const { view } = await queue.submit(await payload('good 1'));
        const other = (await queue.submit(await payload('good 2'))).view.id;
        for (const id of [view.id, other]) await queue.get(id);
        const query = vi.spyOn(PGlite.prototype, 'query');
        const reads = () => query.mock.calls.filter(([text]) => /SELECT \* FROM job WHERE/.test(text)).length;
        for (let poll = 0; poll < 100; poll++) for (const id of [view.id, other]) await queue.get(id);
        // A look of the worker for lost jobs may fall into them.
        expect(reads()).toBeLessThanOrEqual(4);
        const before = reads();
        const job = (await backend.queue().getJob(other))!;
        await job.updateProgress({ stage: 'calibrating', fraction: 0.1 });
        await queue.get(view.id);
        expect(reads() - before).toBeLessThanOrEqual(2);
        query.mockRestore();
      },
    );

    test('what belongs to another owner is not there', async () => {
      const mine = { ...(await payload('good 9')), owner: 'build farm' };
      const { view } = await queue.of('build farm').submit(mine);
      const theirs = await queue.of('other').submit({ ...mine, owner: 'other' });
      expect(theirs.view.id).not.toBe(view.id);
      for (const foreign of [queue.of('other'), queue.of(undefined)]) {
        expect(await foreign.get(view.id)).toBeUndefined();
        await expect(foreign.cancel(view.id)).rejects.toMatchObject({ code: 'not_found' });
        await expect(foreign.retry(view.id)).rejects.toMatchObject({ code: 'not_found' });
      }
      expect(await queue.of('build farm').wait(view.id, 20_000, never)).toMatchObject({ state: 'succeeded' });
      await finish(theirs.view.id);
    });

    test('an unknown job', async () => {
      expect(await queue.get('0'.repeat(64))).toBeUndefined();
      await expect(queue.cancel('0'.repeat(64))).rejects.toMatchObject({ code: 'not_found' });
    });

    test('jobs that have been over for long enough are forgotten, whether another one ends or not', async () => {
      const { view } = await queue.submit(await payload('good 1'));
      expect(await queue.sweep()).toBe(0);
      const strict = jobs(backend, { maxQueued: 5, retentionSeconds: 0.001 });
      await sleep(10);
      expect(await strict.sweep()).toBeGreaterThan(0);
      expect(await queue.get(view.id)).toBeUndefined();
    });

    test('no private folder is left', () => {
      expect(readdirSync(join(root, 'scratch'))).toEqual([]);
    });

    test.runIf(kind === 'redis')('a queue that is down is named within seconds', async () => {
      await redis!.stop();
      await expect(queue.get('0'.repeat(64))).rejects.toMatchObject({ code: 'queue_unavailable' });
    });
  });
});
