/** The main job with nothing replaced: real server, queue, sandbox, runtime and a trained model, over HTTP. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { childEntry } from '../../src/platform/child-entry.ts';
import { fixture, hasFixtures } from '../support/fixtures.ts';
import { hasRedis, startRedis, type TestRedis } from '../support/redis.ts';
import { startService, type TestService } from '../support/service.ts';

const MODEL = fixture('zoo/fashion_mbv2');
const artifacts = new Map<string, string>();

describe.skipIf(!hasFixtures).each(['embedded', 'redis'] as const)('%s (needs fixtures)', kind => {
  describe.skipIf(kind === 'redis' && !hasRedis)('(redis needs redis-server on the PATH)', () => {
    let redis: TestRedis | undefined;
    let service: TestService;
    beforeAll(async () => {
      if (kind === 'redis') redis = await startRedis();
      service = await startService({ REDIS_URL: redis?.url }, childEntry('sandbox'));
    });
    afterAll(async () => {
      await service?.close();
      await redis?.stop();
    });

    // Half a minute on a slow machine with two cores, several times that where they are shared.
    test('a trained model goes in, a proven INT8 model comes out', { timeout: 200_000 }, async () => {
      const submitted = await request(service.url)
        .post('/v1/jobs')
        .field('spec', JSON.stringify({ method: 'static-int8', benchmark: false }))
        .attach('model', join(MODEL, 'model.onnx'))
        .attach('calibration', join(MODEL, 'calib.npz'))
        .attach('evaluation', join(MODEL, 'eval.npz'));
      expect(submitted.body).toMatchObject({ state: expect.stringMatching(/queued|running/) });
      const asked = async () =>
        (await request(service.url).get(`${submitted.headers.location}?wait=60`)).body;
      let job = await asked();
      for (let more = 0; more < 2 && /queued|running/.test(job.state); more++) job = await asked();
      expect(job).toMatchObject({ state: 'succeeded', verdict: 'pass' });
      const report = await request(service.url).get(job.links.report).expect(200);
      expect(report.body.accuracy.drop).toBeLessThanOrEqual(0.01);
      const model = job.artifacts.find(({ name }: { name: string }) => name.endsWith('.onnx'));
      expect(model.bytes).toBeLessThan(readFileSync(join(MODEL, 'model.onnx')).length * 0.4);
      artifacts.set(kind, model.sha256);
    });
  });
});

test.skipIf(!hasFixtures || !hasRedis)('both queues give the same bytes', () => {
  expect(new Set(artifacts.values()).size).toBe(1);
  expect(artifacts.size).toBe(2);
});
