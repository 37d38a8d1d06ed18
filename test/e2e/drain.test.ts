/** SIGTERM: nobody who waits keeps the service from ending, what runs may end, what is new goes elsewhere. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { patientClient, type View } from '../support/patient-client.ts';
import { freePort } from '../support/redis.ts';

const ENTRY = fileURLToPath(new URL('../support/service-process.ts', import.meta.url));
/** Before the job that runs is over, and before its grace is: on a machine that has other work "at once" takes a while. */
const AT_ONCE_MS = 3_000;
const BEFORE_GRACE_MS = 6_000;

let root: string;
let url: string;
let child: ChildProcess;
let log: Promise<string>;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'bitpress-drain-'));
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(root, { recursive: true, force: true });
});

async function start(): Promise<void> {
  const port = await freePort();
  url = `http://127.0.0.1:${port}`;
  child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ENTRY, 'server'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { PATH: process.env.PATH, PORT: String(port), BITPRESS_DATA_DIR: root },
  });
  log = text(child.stdout!);
  const ready = async (): Promise<boolean> =>
    fetch(`${url}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
  while (!(await ready())) await sleep(50);
}

const get = async (path: string) => {
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, body: (await answer.json()) as View };
};

test('SIGTERM answers those that wait, lets the running job end and keeps the queue; a second one ends at once', {
  timeout: 240_000,
}, async () => {
  await start();
  const client = patientClient([url]);
  const slow = await client.submit('slower drain');
  await client.untilRunning(slow);
  const next = await client.submit('spin drain');

  const polls = [slow, next].map(id => get(`/v1/jobs/${id}?wait=60`));
  const events = await fetch(`${url}/v1/jobs/${next}/events`);
  await sleep(100);
  const since = performance.now();
  child.kill('SIGTERM');
  const [first, second] = await Promise.all(polls);
  expect(performance.now() - since).toBeLessThan(AT_ONCE_MS);
  expect(first).toMatchObject({ status: 200, body: { id: slow, state: 'running' } });
  expect(second).toMatchObject({ status: 200, body: { id: next, state: 'queued', position: 1 } });
  expect(await events.text()).toMatch(/^event: job\n/m);
  expect(performance.now() - since).toBeLessThan(AT_ONCE_MS);

  // The job has some of its 4 s left: it still may be asked for, and nothing new is taken.
  expect(await get('/readyz')).toMatchObject({ status: 503, body: { status: 'draining' } });
  expect((await get(`/v1/jobs/${slow}`)).status).toBe(200);
  const refused = await fetch(`${url}/v1/jobs`, { method: 'POST', body: new FormData() });
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(refused.headers.get('connection')).toBe('close');

  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(await log).toMatch(/"signal":"SIGTERM".*"stopping"/);
  expect(await log).toMatch(/"stopped"/);

  await start();
  expect((await get(`/v1/jobs/${slow}`)).body.state).toBe('succeeded');
  while ((await get(`/v1/jobs/${next}`)).body.state !== 'running') await sleep(25);
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  await sleep(300);
  expect(child.exitCode).toBe(null);
  const again = performance.now();
  child.kill('SIGTERM');
  expect(await exit).toEqual([1, null]);
  expect(performance.now() - again).toBeLessThan(BEFORE_GRACE_MS);
});
