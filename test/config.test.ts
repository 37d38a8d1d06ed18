import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig } from '../src/config.ts';
import { ENGINE_VERSION } from '../src/version.ts';

test('defaults', () => {
  expect(readConfig({})).toMatchObject({
    host: '127.0.0.1',
    port: 8080,
    redisUrl: undefined,
    concurrency: 1,
    jobTimeoutSeconds: 1800,
    jobMemoryMb: 8192,
    maxUploadBytes: 8_589_934_592,
    retentionHours: 168,
    allowOpen: false,
  });
});

test.each([
  ['PORT', 'http'],
  ['PORT', '70000'],
  ['BITPRESS_CONCURRENCY', '0'],
  ['BITPRESS_ALLOW_OPEN', 'yes'],
  ['REDIS_URL', 'localhost:6379'],
  ['LOG_LEVEL', 'loud'],
])('a wrong %s stops the start with its name', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(name);
});

test('a secret in a wrong value is not repeated', () => {
  expect(() => readConfig({ REDIS_URL: 'http://user:hunter2@host' })).toThrow(/^(?!.*hunter2)/);
});

test('the version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(ENGINE_VERSION).toBe(manifest.version);
});
