/** A process that does not make the database holds up no start for ever. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { needDatabase } from '../../src/jobs/new-database.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-database-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const make = (program: string, limitMs: number) => {
  const path = join(root, 'make.mjs');
  writeFileSync(path, program);
  return needDatabase(join(root, 'database'), { entry: { path, execArgv: [] }, limitMs });
};

test('one that hangs is ended, and the start fails with the limit', async () => {
  const hangs = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`;
  await expect(make(hangs, 500)).rejects.toThrow(/ended by SIGKILL \(limit 0\.5 s\)/);
  expect(existsSync(join(root, 'database'))).toBe(false);
});

test('one that fails says how', async () => {
  await expect(make('process.exit(7)', 20_000)).rejects.toThrow(/ended with code 7/);
});

test('one that ends well leaves the folder under its name', async () => {
  const works = `import { mkdirSync } from 'node:fs'; mkdirSync(process.argv[2]); process.disconnect();`;
  await make(works, 20_000);
  expect(existsSync(join(root, 'database'))).toBe(true);
});
