/** Two servers and two workers on one Redis and one store behave as one, also when Redis goes away for a while. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { type Server, startServer } from '../../src/server.ts';
import { openService } from '../../src/service.ts';
import { startWorkerProcess, type WorkerProcess } from '../../src/worker.ts';
import { fakeSandbox } from '../support/fake-sandbox-entry.ts';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';

describe.skipIf(!hasRedis)('two of each (needs redis-server on the PATH)', () => {
  let root: string;
  let redis: TestRedis;
  const servers: Server[] = [];
  const workers: WorkerProcess[] = [];
  const hooks: { readonly id: unknown; readonly body: string }[] = [];
  let receiver: HttpServer;
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'bitpress-two-'));
    redis = await startRedis();
    receiver = createServer(async (message, answer) => {
      hooks.push({ id: message.headers['webhook-id'], body: await text(message) });
      answer.end();
    }).listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    writeFileSync(join(root, 'secrets'), `whsec_${Buffer.alloc(32, 7).toString('base64')}\n`);
    const config = readConfig({
      PORT: '0',
      LOG_LEVEL: 'silent',
      BITPRESS_DATA_DIR: root,
      REDIS_URL: redis.url,
      BITPRESS_METRICS_PORT: '0',
      BITPRESS_WEBHOOK_HOSTS: hookUrl(),
      BITPRESS_WEBHOOK_SECRET_FILE: join(root, 'secrets'),
      BITPRESS_WEBHOOK_PRIVATE: '1',
    });
    for (let turn = 0; turn < 2; turn++) {
      servers.push(await startServer(config, await openService(config, fakeSandbox)));
      workers.push(await startWorkerProcess(config, await openService(config, fakeSandbox)));
    }
  });
  afterAll(async () => {
    await Promise.all([...workers, ...servers].map(running => running.close()));
    await redis?.stop();
    receiver?.close();
    rmSync(root, { recursive: true, force: true });
  });

  const hookUrl = (): string => `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const submit = async (server: number, content: string): Promise<string> => {
    const answer = await request(servers[server]!.url)
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .field('webhook', `${hookUrl()}/`)
      .attach('model', Buffer.from(content), 'm.onnx')
      .expect(202);
    return answer.body.id;
  };
  const view = async (server: number, id: string, query = '') =>
    (await request(servers[server]!.url).get(`/v1/jobs/${id}${query}`).expect(200)).body;

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

  test('a job that one took is cancelled at the other, also while it runs', async () => {
    const id = await submit(0, 'spin two');
    while ((await view(1, id)).state !== 'running') await sleep(20);
    await request(servers[1]!.url).post(`/v1/jobs/${id}/cancel`).expect(202);
    expect((await view(0, id, '?wait=20')).state).toBe('cancelled');
    expect((await view(1, id)).error.code).toBe('cancelled');
  });

  test('events of a job are followed at the other, and resumed at the first', async () => {
    const id = await submit(0, 'slow two');
    const follow = async (server: number, seen = ''): Promise<string> =>
      (
        await fetch(`${servers[server]!.url}/v1/jobs/${id}/events`, { headers: { 'last-event-id': seen } })
      ).text();
    const events = await follow(1);
    expect(events).toMatch(/"state":"running"/);
    const [last] = events.match(/^id: .*$/gm)!.slice(-1);
    expect(events.trimEnd().split('\n').at(-1)).toMatch(/"state":"succeeded"/);
    expect(await follow(0, last!.slice(4))).toBe('');
  });

  test('a webhook comes once, whoever sends it', async () => {
    const ids = await Promise.all([submit(0, 'good hook 0'), submit(1, 'good hook 1')]);
    const of = (id: string) => hooks.filter(({ body }) => JSON.parse(body).data.id === id);
    while (ids.some(id => of(id).length === 0)) await sleep(20);
    // Time for a second one to come, if there were one.
    await sleep(500);
    expect(ids.map(id => of(id).length)).toEqual([1, 1]);
    expect(new Set(hooks.map(({ id }) => id)).size).toBe(hooks.length);
  });

  test('metrics: what each did adds up, and the queue is the same for all', async () => {
    const read = async (url: string): Promise<string> => (await fetch(`${url}/metrics`)).text();
    const sum = (texts: readonly string[], series: RegExp): number =>
      texts
        .flatMap(all => all.split('\n').filter(line => series.test(line)))
        .reduce((total, line) => total + Number(line.split(' ').at(-1)), 0);
    const all = async () => ({
      servers: await Promise.all(servers.map(({ url }) => read(url))),
      workers: await Promise.all(workers.map(({ metricsUrl }) => read(metricsUrl!))),
    });
    const before = await all();
    const ids = await Promise.all(
      ['good a', 'good b', 'crash c'].map((content, index) => submit(index % 2, `${content} metrics`)),
    );
    for (const [index, id] of ids.entries()) await view((index + 1) % 2, id, '?wait=20');
    const after = await all();
    const gained = (kind: 'servers' | 'workers', series: RegExp): number =>
      sum(after[kind], series) - sum(before[kind], series);

    expect(gained('workers', /^bitpress_job_duration_seconds_count\{.*outcome="succeeded"/)).toBe(2);
    expect(gained('workers', /^bitpress_job_duration_seconds_count\{.*outcome="failed"/)).toBe(1);
    expect(gained('workers', /^bitpress_job_wait_duration_seconds_count/)).toBe(3);
    expect(gained('workers', /^bitpress_job_stage_duration_seconds_count\{stage="calibrating"/)).toBe(3);
    expect(gained('workers', /^bitpress_sandbox_deaths_total\{.*reason="sandbox_died"/)).toBe(1);
    expect(gained('servers', /^bitpress_uploads_total/)).toBe(3);
    expect(gained('servers', /^bitpress_upload_bytes_total/)).toBe('good a metrics'.length * 2 + 15);
    const route = (method: string, path: string): RegExp =>
      new RegExp(`^bitpress_http_request_duration_seconds_count\\{method="${method}",route="${path}"`);
    expect(gained('servers', route('POST', '/v1/jobs'))).toBe(3);
    expect(gained('servers', route('GET', '/v1/jobs/:id'))).toBe(3);
    const depth = after.servers.map(one => one.match(/^bitpress_jobs\{.*$/gm));
    expect(depth[0]).toEqual(depth[1]);
    expect(depth[0]).toContain('bitpress_jobs{state="active"} 0');
  });

  test('metrics have the names that Prometheus asks for, and each says what it is', async () => {
    const answer = await request(servers[0]!.url).get('/metrics').expect(200);
    expect(answer.headers['content-type']).toContain('version=0.0.4');
    const types = [...answer.text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({
      name,
      type,
    }));
    const ours = types.filter(({ name }) => name!.startsWith('bitpress_'));
    expect(ours.length).toBeGreaterThanOrEqual(9);
    for (const { name, type } of ours) {
      expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(answer.text).toContain(`# HELP ${name} `);
      // "An accumulating count has total as a suffix"; times are in seconds.
      expect(name!.endsWith('_total')).toBe(type === 'counter');
      if (type === 'histogram') expect(name).toMatch(/_duration_seconds$/);
    }
    expect(types.map(({ name }) => name)).toContain('process_cpu_seconds_total');
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
