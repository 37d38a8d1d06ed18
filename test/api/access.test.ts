import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { serve, startServer } from '../../src/server.ts';
import { work } from '../../src/worker.ts';
import { startService, type TestService } from '../support/service.ts';

let folder: string;
let service: TestService;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitpress-keys-'));
  const hash = createHash('sha256').update('open sesame'.replace(' ', '-')).digest('hex');
  const other = createHash('sha256').update('another-key').digest('hex');
  writeFileSync(join(folder, 'keys'), `# keys\n${hash} build farm\n${other} other team\n`);
  service = await startService({ BITPRESS_API_KEYS_FILE: join(folder, 'keys') });
});
afterAll(async () => {
  await service?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('with keys, only health and the contract are open', async () => {
  const none = await request(service.url).get('/v1/methods').expect(401);
  expect(none.body.code).toBe('unauthorized');
  expect(none.headers['www-authenticate']).toBe('Bearer');
  await request(service.url).get('/v1/methods').set('authorization', 'Bearer wrong').expect(401);
  await request(service.url).get('/v1/methods').set('authorization', 'Bearer open-sesame').expect(200);
  await request(service.url).get('/livez').expect(200);
  await request(service.url).get('/openapi.yaml').expect(200);
});

describe('what one key made, another does not see', () => {
  const as = (key: string) => {
    const agent = request.agent(service.url);
    agent.set('authorization', `Bearer ${key}`);
    return agent;
  };
  const mine = () => as('open-sesame');
  const theirs = () => as('another-key');
  let model: string;
  let dataset: string;
  let job: string;
  beforeAll(async () => {
    const submitted = await mine()
      .post('/v1/jobs')
      .field('spec', '{"method":"convert"}')
      .attach('model', Buffer.from('good secret'), 'model.onnx')
      .attach('evaluation', Buffer.from('samples'), 'eval.npz')
      .expect(202);
    job = submitted.body.links.self;
    model = `/v1/models/${submitted.body.model}`;
    dataset = `/v1/datasets/${submitted.body.spec.evaluation}`;
    await mine().get(`${job}?wait=20`).expect(200);
  });

  test('a resumable upload, by its id', async () => {
    const tus = { 'tus-resumable': '1.0.0' };
    const created = await mine()
      .post('/v1/uploads')
      .set({ ...tus, 'upload-length': '11' })
      .expect(201);
    const path = created.headers.location!;
    const piece = { ...tus, 'upload-offset': '0', 'content-type': 'application/offset+octet-stream' };
    const body = { uploads: [path.split('/').at(-1)] };
    await theirs().head(path).set(tus).expect(404);
    await theirs().patch(path).set(piece).send(Buffer.from('evil')).expect(404);
    await theirs().delete(path).set(tus).expect(404);
    await mine().patch(path).set(piece).send(Buffer.from('good secret')).expect(204);
    expect((await theirs().post('/v1/models').send(body).expect(404)).body.code).toBe('not_found');
    // The model of this content is its own already.
    await mine().post('/v1/models').send(body).expect(200);
  });

  test('by id', async () => {
    const reads = () => [
      model,
      `${model}/content`,
      dataset,
      `${dataset}/content`,
      job,
      `${job}/events`,
      `${job}/report`,
      `${job}/artifacts`,
      `${job}/artifacts/model.onnx`,
      `${job}/webhooks`,
    ];
    for (const path of reads()) {
      await mine().get(path).expect(200);
      expect((await theirs().get(path).expect(404)).body.code).toBe('not_found');
    }
    for (const verb of ['cancel', 'retry', 'webhooks']) await theirs().post(`${job}/${verb}`).expect(404);
    await theirs().delete(model).expect(404);
    await theirs().delete(dataset).expect(404);
  });

  test('in lists', async () => {
    for (const kind of ['models', 'datasets', 'jobs']) {
      expect((await mine().get(`/v1/${kind}`).expect(200)).body.items).toHaveLength(1);
      expect((await theirs().get(`/v1/${kind}`).expect(200)).body.items).toEqual([]);
    }
  });

  test('by naming it in a job of its own', async () => {
    const answer = await theirs()
      .post('/v1/jobs')
      .send({ model: model.split('/').at(-1), method: 'convert' })
      .expect(404);
    expect(answer.body.field).toBe('model');
  });

  test('but the same bytes are its own when it sends them, and stay when the other deletes its own', async () => {
    const sent = await theirs()
      .post('/v1/models')
      .attach('file', Buffer.from('good secret'), 'model.onnx')
      .expect(201);
    expect(`/v1/models/${sent.body.id}`).toBe(model);
    await mine().delete(model).expect(204);
    await mine().get(model).expect(404);
    await theirs().get(`${model}/content`).expect(200);
  });
});

test('an open service beyond loopback must be meant', async () => {
  await expect(startServer(readConfig({ HOST: '0.0.0.0', PORT: '0' }))).rejects.toThrow(
    'BITPRESS_ALLOW_OPEN',
  );
});

test('a start that is refused opens nothing', async () => {
  const unused = join(folder, 'unused');
  await expect(serve(readConfig({ HOST: '0.0.0.0', PORT: '0', BITPRESS_DATA_DIR: unused }))).rejects.toThrow(
    'BITPRESS_ALLOW_OPEN',
  );
  await expect(work(readConfig({ BITPRESS_DATA_DIR: unused }))).rejects.toThrow('REDIS_URL');
  expect(existsSync(unused)).toBe(false);
});
