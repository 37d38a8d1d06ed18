/** A start that fails ends: what was opened on the way to it does not keep the process. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

let root: string;
let holder: Server;
let port: number;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-port-'));
  holder = createServer().listen(0, '127.0.0.1');
  await once(holder, 'listening');
  const address = holder.address();
  port = typeof address === 'object' && address ? address.port : 0;
});
afterAll(() => {
  holder.close();
  rmSync(root, { recursive: true, force: true });
});

/** Nothing listens at port 1: a queue that cannot be reached does not keep the process either. */
const REDIS = { REDIS_URL: 'redis://127.0.0.1:1' };

test.each([
  ['serve', {}, 'PORT'],
  ['serve', REDIS, 'PORT'],
  ['worker', REDIS, 'BITPRESS_METRICS_PORT'],
])('%s with %o ends with 1 where %s is taken', { timeout: 60_000 }, async (command, env, variable) => {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), CLI, command], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, BITPRESS_DATA_DIR: root, [variable]: String(port), ...env },
  });
  const said = text(child.stderr);
  // Long enough for a machine that has other work.
  const timer = setTimeout(() => child.kill('SIGKILL'), 40_000);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  expect({ code, said: await said }).toEqual({ code: 1, said: expect.stringContaining('EADDRINUSE') });
  expect(await said).toContain(String(port));
});
