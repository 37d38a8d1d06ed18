import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readConfig, VARIABLES, type Variable } from '../src/config.ts';
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
  ['BITPRESS_STORE', 's3://key:secret@bucket'],
])('a wrong %s stops the start with its name', (name, value) => {
  expect(() => readConfig({ [name]: value })).toThrow(name);
});

test('a secret in a wrong value is not repeated', () => {
  expect(() => readConfig({ REDIS_URL: 'http://user:hunter2@host' })).toThrow(/^(?!.*hunter2)/);
});

test('an empty variable counts as unset', () => {
  expect(readConfig({ PORT: '', REDIS_URL: ' ' })).toEqual(readConfig({}));
});

test('the README has every variable with its default and meaning', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  const shown = readme
    .split('\n')
    .filter(line => /^\| `(HOST|PORT|REDIS_URL|LOG_LEVEL|BITPRESS_\w+)`/.test(line));
  const all: readonly Variable<unknown>[] = Object.values(VARIABLES);
  expect(shown).toEqual(
    all.map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback} | ${meaning} |`),
  );
});

test('the version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(ENGINE_VERSION).toBe(manifest.version);
});
