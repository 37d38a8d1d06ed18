import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { startService, type TestService } from '../support/service.ts';

let folder: string;
let service: TestService;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bitpress-keys-'));
  const hash = createHash('sha256').update('open sesame'.replace(' ', '-')).digest('hex');
  writeFileSync(join(folder, 'keys'), `# keys\n${hash} build farm\n`);
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

test('an open service beyond loopback must be meant', async () => {
  await expect(startServer(readConfig({ HOST: '0.0.0.0', PORT: '0' }))).rejects.toThrow(
    'BITPRESS_ALLOW_OPEN',
  );
});
