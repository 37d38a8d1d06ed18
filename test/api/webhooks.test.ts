import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Webhook } from 'standardwebhooks';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { startService, type TestService } from '../support/service.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const received: { readonly headers: Record<string, string>; readonly body: string }[] = [];
let folder: string;
let receiver: Server;
let hook: string;
let service: TestService;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitpress-secrets-'));
  writeFileSync(join(folder, 'secrets'), `${SECRET}\n`);
  receiver = createServer(async (call, response) => {
    received.push({ headers: call.headers as Record<string, string>, body: await text(call) });
    response.writeHead(204).end();
  });
  await new Promise<void>(resolve => receiver.listen(0, '127.0.0.1', resolve));
  hook = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  service = await startService({
    BITPRESS_WEBHOOK_HOSTS: `hooks.example.com, ${hook}`,
    BITPRESS_WEBHOOK_SECRET_FILE: join(folder, 'secrets'),
    BITPRESS_WEBHOOK_PRIVATE: '1',
  });
});
afterAll(async () => {
  await service?.close();
  receiver?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('a job tells its end to whom it was asked to', async () => {
  const api = request(service.url);
  const submitted = await api
    .post('/v1/jobs')
    .field('spec', '{"method":"convert"}')
    .attach('model', Buffer.from('slow'), 'model.onnx')
    .expect(202);
  const path = `${submitted.body.links.self}/webhooks`;
  const added = await api
    .post(path)
    .send({ url: `${hook}/done` })
    .expect(202);
  expect(added.body).toMatchObject({ id: '0', url: `${hook}/done`, state: 'waiting', attempts: 0 });
  for (let turn = 0; turn < 100 && received.length === 0; turn++) await sleep(100);
  const { headers, body } = received[0]!;
  expect(new Webhook(SECRET).verify(body, headers)).toMatchObject({
    type: 'job.succeeded',
    data: { id: submitted.body.id, artifacts: expect.any(Array) },
  });
  for (let turn = 0; turn < 50; turn++) {
    const { items } = (await api.get(path).expect(200)).body;
    if (items[0].state === 'delivered') break;
    await sleep(50);
  }
  expect((await api.get(path).expect(200)).body.items).toMatchObject([{ state: 'delivered' }]);
  await api.post(`${path}/0/redeliver`).expect(202);
  for (let turn = 0; turn < 100 && received.length < 2; turn++) await sleep(100);
  expect(received).toHaveLength(2);
  const other = await api.post(path).send({ url: 'https://elsewhere.example/' }).expect(422);
  expect(other.body).toMatchObject({ code: 'webhook_refused', field: 'url' });
  expect((await api.post(path).send({ uri: hook }).expect(400)).body.field).toBe('url');
  await api.post(`${path}/4/redeliver`).expect(404);
});

test('a webhook may come with the submission; one that is refused costs no job', async () => {
  const api = request(service.url);
  const submit = (url: string) =>
    api
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .field('webhook', url)
      .attach('model', Buffer.from('good with webhook'), 'model.onnx');
  expect((await submit('https://elsewhere.example/').expect(422)).body.code).toBe('webhook_refused');
  expect((await api.get('/v1/jobs').expect(200)).body.items).toHaveLength(1);
  const { body } = await submit(`${hook}/sent-along`).expect(202);
  const { items } = (await api.get(`${body.links.self}/webhooks`).expect(200)).body;
  expect(items).toMatchObject([{ url: `${hook}/sent-along` }]);
});

test('a job that is not there has no webhooks', async () => {
  const path = `/v1/jobs/${'0'.repeat(64)}/webhooks`;
  await request(service.url).get(path).expect(404);
  await request(service.url).post(path).send({ url: hook }).expect(404);
});

test('webhooks without a secret, or with a weak one, stop the start', async () => {
  const start = (file?: string) =>
    startServer(
      readConfig({
        PORT: '0',
        BITPRESS_DATA_DIR: folder,
        BITPRESS_WEBHOOK_HOSTS: 'hooks.example.com',
        BITPRESS_WEBHOOK_SECRET_FILE: file,
      }),
    );
  await expect(start()).rejects.toThrow('BITPRESS_WEBHOOK_SECRET_FILE');
  writeFileSync(join(folder, 'weak'), 'whsec_c2hvcnQ=\n');
  await expect(start(join(folder, 'weak'))).rejects.toThrow('BITPRESS_WEBHOOK_SECRET_FILE');
});
