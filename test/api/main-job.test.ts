/** The main job over HTTP on both queue backends, with a pipeline that is not there: the contract is what is tested. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { startService, type TestService } from '../support/service.ts';

const SPEC = JSON.stringify({ method: 'convert' });
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe.each(['embedded', 'redis'] as const)('%s', kind => {
  describe.skipIf(kind === 'redis' && !hasRedis)('(redis needs redis-server on the PATH)', () => {
    let redis: TestRedis | undefined;
    let service: TestService;
    beforeAll(async () => {
      if (kind === 'redis') redis = await startRedis();
      service = await startService({ REDIS_URL: redis?.url });
    });
    afterAll(async () => {
      await service?.close();
      await redis?.stop();
    });
    const post = () => request(service.url).post('/v1/jobs');

    test('one call in, artifacts out, and the same call again is answered at once', async () => {
      const submitted = await post()
        .field('spec', SPEC)
        .attach('calibration', Buffer.from('data'), 'calib.npz')
        .attach('model', Buffer.from('good model'), 'model.onnx')
        .expect(202);
      expect(submitted.headers.location).toBe(`/v1/jobs/${submitted.body.id}`);
      expect(submitted.headers['retry-after']).toBe('1');
      expect(submitted.body.model).toBe(sha256('good model'));
      expect(submitted.body.spec.calibration).toBe(sha256('data'));

      const done = await request(service.url).get(`${submitted.headers.location}?wait=20`).expect(200);
      expect(done.body).toMatchObject({ state: 'succeeded', verdict: 'pass', headline: '4 times smaller' });

      const { url, sha256: hash } = done.body.artifacts[0];
      const artifact = await request(service.url).get(url).buffer(true).expect(200);
      expect(Buffer.from(artifact.body).toString()).toBe('quantized good model');
      expect(artifact.headers.etag).toBe(`"${hash}"`);
      expect(artifact.headers['content-disposition']).toContain('filename="model.onnx"');

      const again = await post()
        .attach('model', Buffer.from('good model'), 'model.onnx')
        .attach('calibration', Buffer.from('data'), 'calib.npz')
        .field('spec', '{"repair":true,"method":{"type":"convert"}}')
        .expect(200);
      expect(again.body).toEqual(done.body);
    });

    test('stored files by id', async () => {
      const model = await request(service.url)
        .post('/v1/models')
        .set('content-type', 'application/octet-stream')
        .send(Buffer.from('good stored'))
        .expect(201);
      expect(model.body).toMatchObject({ id: sha256('good stored'), format: 'onnx', opset: 17 });
      await request(service.url)
        .post('/v1/models')
        .attach('file', Buffer.from('good stored'), 'other.onnx')
        .expect(200);
      const job = await post().send({ model: model.body.id, method: 'convert' }).expect(202);
      const done = await request(service.url)
        .get(`/v1/jobs/${job.body.id}`)
        .set('prefer', 'wait=20')
        .expect(200);
      expect(done.body.state).toBe('succeeded');
    });

    test('a broken model is refused before there is a job', async () => {
      const answer = await post()
        .field('spec', SPEC)
        .attach('model', Buffer.from('broken'), 'model.onnx')
        .expect(422)
        .expect('content-type', 'application/problem+json');
      expect(answer.body).toMatchObject({ code: 'model_unreadable', type: '/docs#model_unreadable' });
    });

    test('a running job is cancelled and retried', async () => {
      const job = await post().field('spec', SPEC).attach('model', Buffer.from('spin'), 'm.onnx').expect(202);
      const at = `/v1/jobs/${job.body.id}`;
      await request(service.url).get(`${at}/report`).expect(409);
      await request(service.url).post(`${at}/cancel`).expect(202);
      const done = await request(service.url).get(`${at}?wait=20`).expect(200);
      expect(done.body.state).toBe('cancelled');
      await request(service.url).post(`${at}/cancel`).expect(409);
      await request(service.url).post(`${at}/retry`).expect(202);
      await request(service.url).post(`${at}/cancel`).expect(202);
    });

    test('nothing is left in the folders of work under way', () => {
      expect(readdirSync(join(service.root, 'store', 'tmp'))).toEqual([]);
    });
  });
});
