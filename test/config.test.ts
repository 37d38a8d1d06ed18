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

const rowsOf = (path: string, pattern: RegExp): string[] =>
  readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(line => pattern.test(line));

test.each(['README.md', 'docs/operations.md'])('%s has every variable with its default and meaning', path => {
  const all: readonly Variable<unknown>[] = Object.values(VARIABLES);
  expect(rowsOf(path, /^\| `(HOST|PORT|REDIS_URL|LOG_LEVEL|BITPRESS_\w+)`/)).toEqual(
    all.map(({ name, fallback, meaning }) => `| \`${name}\` | ${fallback} | ${meaning} |`),
  );
});

test('docs/operations.md has the fixed limits as they are in the code', () => {
  const rows = rowsOf('docs/operations.md', /^\|.* in `src\/[^`]*` \|$/);
  expect(rows.length).toBeGreaterThan(20);
  const units = { ms: 1, s: 1000, h: 3_600_000, MiB: 1024 ** 2 } as const;
  for (const row of rows) {
    const [, value, unit, name, path] =
      /\| (\d+)(?: (ms|s|h|MiB))? \| `(\w+)` in `([^`]+)` \|$/.exec(row) ?? [];
    const [code = ''] = rowsOf(path!, new RegExp(`^(export )?const ${name} = `));
    const right = code.split(' = ')[1]!.replace(';', '').replaceAll('_', '').replace('HOURMS', '3600000');
    const factor = name!.endsWith('_SECONDS') ? 1000 : 1;
    const inCode = right.split(' * ').reduce((product, part) => product * Number(part), factor);
    expect([row, inCode]).toEqual([row, Number(value) * units[(unit ?? 'ms') as keyof typeof units]]);
  }
});

test('the version is that of the package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  expect(ENGINE_VERSION).toBe(manifest.version);
});
