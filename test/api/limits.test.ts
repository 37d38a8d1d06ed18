/** What one key may do, and what a repeated request does. */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startService, type TestService } from '../support/service.ts';

let folder: string;
let service: TestService;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitpress-limits-'));
  const keys = ['idempotent', 'rates', 'jobs', 'bytes'].map(
    name => `${createHash('sha256').update(name).digest('hex')} team ${name}`,
  );
  writeFileSync(join(folder, 'keys'), keys.join('\n'));
  service = await startService({
    BITPRESS_API_KEYS_FILE: join(folder, 'keys'),
    BITPRESS_REQUESTS_PER_MINUTE: '20',
    BITPRESS_JOBS_PER_KEY: '1',
    BITPRESS_MAX_QUEUED: '1',
    BITPRESS_BYTES_PER_KEY: '1000',
  });
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

const as = (key: string) => {
  const agent = request.agent(service.url);
  agent.set('authorization', `Bearer ${key}`);
  return agent;
};

describe('Idempotency-Key', () => {
  const send = (key: string, content: string) =>
    as('idempotent')
      .post('/v1/models')
      .set('idempotency-key', key)
      .attach('file', Buffer.from(content), 'm.onnx');

  test('the same request again is answered again, another one is refused', async () => {
    const first = await send('"a-key"', 'good one').expect(201);
    const second = await send('"a-key"', 'good one').expect(200);
    expect(second.body).toEqual(first.body);
    expect((await send('a-key', 'good two').expect(422)).body.code).toBe('idempotency_key_reused');
    await send('"another"', 'good two').expect(201);
  });

  test('of two at once, one is told to wait', async () => {
    const answers = await Promise.all([send('"both"', 'good three'), send('"both"', 'good three')]);
    const statuses = answers.map(({ status }) => status).sort();
    expect([
      [200, 201],
      [201, 409],
    ]).toContainEqual(statuses);
  });

  test('a job', async () => {
    const submit = (method: string) =>
      as('idempotent')
        .post('/v1/jobs')
        .set('idempotency-key', '"job"')
        .field('spec', `{"method":"${method}"}`)
        .attach('model', Buffer.from('good one'), 'm.onnx');
    const first = await submit('convert').expect(202);
    const again = await submit('convert');
    expect(again.body.id).toBe(first.body.id);
    expect((await submit('dynamic-int8').expect(422)).body.code).toBe('idempotency_key_reused');
  });

  test('what is no key', async () => {
    expect((await send('"a" b', 'good').expect(400)).body.field).toBe('Idempotency-Key');
  });
});

test('requests are counted, announced and limited', async () => {
  const answer = await as('rates').get('/v1/methods').expect(200);
  expect(answer.headers['ratelimit-policy']).toBe('"default";q=20;w=60');
  expect(answer.headers.ratelimit).toMatch(/^"default";r=19;t=\d+$/);
  for (let turn = 0; turn < 19; turn++) await as('rates').get('/v1/methods').expect(200);
  const refused = await as('rates').get('/v1/methods').expect(429);
  expect(refused.body).toMatchObject({ code: 'rate_limited', limit: 'BITPRESS_REQUESTS_PER_MINUTE' });
  expect(Number(refused.headers['retry-after'])).toBeGreaterThan(5);
  await as('jobs').get('/v1/methods').expect(200);
});

test('jobs that wait or run', async () => {
  const submit = (content: string) =>
    as('jobs')
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .attach('model', Buffer.from(content), 'm.onnx');
  const first = await submit('slow quota').expect(202);
  const refused = await submit('good quota').expect(429);
  expect(refused.body).toMatchObject({ code: 'quota_exceeded', limit: 'BITPRESS_JOBS_PER_KEY' });
  await as('jobs').get(`${first.body.links.self}?wait=20`).expect(200);
  await submit('good quota').expect(202);
});

test('bytes that are kept', async () => {
  const send = (bytes: number) =>
    as('bytes')
      .post('/v1/models')
      .attach('file', Buffer.from(`good ${'x'.repeat(bytes - 5)}`), 'm.onnx');
  const large = await send(1001).expect(429);
  expect(large.body).toMatchObject({ code: 'quota_exceeded', limit: 'BITPRESS_BYTES_PER_KEY' });
  await send(600).expect(201);
  await as('idempotent').post('/v1/models').attach('file', Buffer.from('good x'), 'm.onnx').expect(201);
});

test('a full queue', async () => {
  const submit = (key: string) =>
    as(key)
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .attach('model', Buffer.from(`spin full ${key}`), 'm.onnx');
  const { body: running } = await submit('jobs').expect(202);
  const state = async () => (await as('jobs').get(running.links.self).expect(200)).body.state;
  while ((await state()) === 'queued') await sleep(20);
  await submit('idempotent').expect(202);
  const refused = await submit('bytes').expect(503);
  expect(refused.body).toMatchObject({ code: 'queue_full', limit: 'BITPRESS_MAX_QUEUED' });
  expect(refused.headers['retry-after']).toBe('5');
});

test('answers carry the headers that keep a browser from doing more than showing them', async () => {
  const { headers } = await request(service.url).get('/livez').expect(200);
  expect(headers).toMatchObject({
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
  });
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});
