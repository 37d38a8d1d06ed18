/** Two servers and two workers on one Redis and one store behave as one, also when Redis goes away for a while. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Server, startServer } from '../../src/server.ts';
import { openService, type Running } from '../../src/service.ts';
import { startWorkerProcess } from '../../src/worker.ts';
import { fakeSandbox } from '../support/fake-sandbox-entry.ts';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';

describe.skipIf(!hasRedis)('two of each (needs redis-server on the PATH)', () => {
  let root: string;
  let redis: TestRedis;
  const servers: Server[] = [];
  const workers: Running[] = [];
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'bitpress-two-'));
    redis = await startRedis();
    const config = readConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      BITPRESS_DATA_DIR: root,
      REDIS_URL: redis.url,
    });
    for (let turn = 0; turn < 2; turn++) {
      servers.push(await startServer(config, await openService(config, fakeSandbox)));
      workers.push(await startWorkerProcess(config, await openService(config, fakeSandbox)));
    }
  });
  afterAll(async () => {
    await Promise.all([...workers, ...servers].map(running => running.close()));
    await redis?.stop();
    rmSync(root, { recursive: true, force: true });
  });

  test('upload on one, submit on the other, poll on both', async () => {
    const [one, two] = servers.map(({ url }) => url) as [string, string];
    const model = await request(one)
      .post('/v1/models')
      .attach('file', Buffer.from('good'), 'm.onnx')
      .expect(201);
    const submit = (url: string) =>
      request(url).post('/v1/jobs').send({ model: model.body.id, method: 'convert' });
    const [a, b] = await Promise.all([submit(one), submit(two)]);
    expect(b.body.id).toBe(a.body.id);
    const [first, second] = await Promise.all([
      request(one).get(`/v1/jobs/${a.body.id}?wait=20`),
      request(two).get(`/v1/jobs/${a.body.id}?wait=20`),
    ]);
    expect(first.body.state).toBe('succeeded');
    expect(second.body).toEqual(first.body);
    const bytes = await request(two).get(first.body.artifacts[0].url).expect(200);
    expect(Buffer.from(bytes.body).toString()).toBe('quantized good');
  });

  test('eight jobs from both sides all end, once', async () => {
    const views = await Promise.all(
      Array.from({ length: 8 }, async (_, index) => {
        const url = servers[index % 2]!.url;
        const { body } = await request(url)
          .post('/v1/jobs')
          .field('spec', '{"method":"convert"}')
          .attach('model', Buffer.from(`good ${index}`), 'm.onnx')
          .expect(202);
        return (await request(servers[(index + 1) % 2]!.url).get(`/v1/jobs/${body.id}?wait=60`)).body;
      }),
    );
    expect(new Set(views.map(({ id }) => id)).size).toBe(8);
    expect(views.map(({ state }) => state)).toEqual(Array(8).fill('succeeded'));
  });

  test('a queue that is down is a 503 with Retry-After, and the process stays alive', async () => {
    await redis.stop();
    const { url } = servers[0]!;
    const answer = await request(url)
      .get(`/v1/jobs/${'0'.repeat(64)}`)
      .expect(503);
    expect(answer.body.code).toBe('queue_unavailable');
    expect(answer.headers['retry-after']).toBeDefined();
    await request(url).get('/livez').expect(200);
    const ready = await request(url).get('/readyz').expect(503);
    expect(ready.body.checks).toEqual({ queue: 'unavailable', store: 'ok' });
  });
});
