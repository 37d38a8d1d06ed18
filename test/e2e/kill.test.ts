/**
 * SIGKILL for each kind of process in the middle of jobs: every job ends right, once, and nothing partial stays under a
 * final name. BITPRESS_KILL_ROUNDS sets how often; one round is part of every run.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, childrenOf, startCluster } from '../support/cluster.ts';
import { hasRedis } from '../support/redis.ts';

const ROUNDS = Number(process.env.BITPRESS_KILL_ROUNDS ?? 1);
const ROUND_MS = 60_000;
const hasProc = existsSync('/proc/self/task');

interface View {
  readonly id: string;
  readonly state: string;
  readonly stage?: string;
  readonly error?: { readonly code: string };
  readonly artifacts?: readonly { readonly url: string; readonly sha256: string }[];
}

describe.skipIf(!hasRedis || !hasProc)('kill -9 (needs redis-server on the PATH, and /proc)', () => {
  let root: string;
  let cluster: Cluster;
  let jobs = 0;
  const ended: string[] = [];

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'bitpress-kill-'));
    cluster = await startCluster(root);
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  afterEach(async () => {
    expect(await wrongBlobs(join(root, 'data', 'store', 'blobs'))).toEqual([]);
  });

  const url = (index: number): string => cluster.servers[index % cluster.servers.length]!.url;
  /** A client that tries again, as ours does. */
  const call = async (index: number, path: string, init?: RequestInit): Promise<View> => {
    for (let attempt = 0; attempt < 60; attempt++) {
      try {
        const answer = await fetch(`${url(index + attempt)}${path}`, init);
        if (answer.status < 500) return (await answer.json()) as View;
      } catch {
        // The server or its connection was killed.
      }
      await sleep(250);
    }
    throw new Error(`${path} was not answered`);
  };
  const submit = async (text: string): Promise<string> => {
    const form = () => {
      const body = new FormData();
      body.append('spec', '{"method":"convert"}');
      body.append('model', new Blob([text]), 'model.onnx');
      return body;
    };
    const { id } = await call(jobs++, '/v1/jobs', { method: 'POST', body: form() });
    ended.push(id);
    return id;
  };
  const untilRunning = async (id: string): Promise<void> => {
    for (let turn = 0; turn < 400; turn++) {
      const { state, stage } = await call(0, `/v1/jobs/${id}`);
      if (stage !== undefined) return;
      if (state !== 'queued' && state !== 'running') throw new Error(`the job is ${state} already`);
      await sleep(25);
    }
  };
  const end = async (id: string): Promise<View> => {
    for (let turn = 0; turn < 30; turn++) {
      const view = await call(turn, `/v1/jobs/${id}?wait=5`);
      if (view.state !== 'queued' && view.state !== 'running') return view;
    }
    throw new Error(`job ${id} did not end`);
  };
  const expectSuccess = async (id: string, text: string): Promise<void> => {
    const view = await end(id);
    // With its error, so that a failure says what went wrong.
    expect({ state: view.state, error: view.error }).toEqual({ state: 'succeeded' });
    const answer = await fetch(`${url(0)}${view.artifacts![0]!.url}`);
    expect(await answer.text()).toBe(`quantized ${text}`);
  };

  test('sandboxes: the job is failed as sandbox_died, the next one runs', {
    timeout: ROUNDS * ROUND_MS,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // It never ends by itself.
      const victim = await submit(`spin sandbox ${round}`);
      await untilRunning(victim);
      const sandboxes = cluster.workers.flatMap(({ pid }) => childrenOf(pid));
      expect(sandboxes.length).toBeGreaterThan(0);
      for (const pid of sandboxes) process.kill(pid, 'SIGKILL');
      expect(await end(victim)).toMatchObject({ state: 'failed', error: { code: 'sandbox_died' } });
      await expectSuccess(await submit(`good sandbox ${round}`), `good sandbox ${round}`);
    }
  });

  test('workers: their jobs run again elsewhere', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const texts = [0, 1, 2].map(index => `slow worker ${round}.${index}`);
      const ids = await Promise.all(texts.map(submit));
      await untilRunning(ids[0]!);
      await Promise.all(cluster.workers.map(worker => worker.kill()));
      await Promise.all(cluster.workers.map(worker => worker.start()));
      for (const [index, id] of ids.entries()) await expectSuccess(id, texts[index]!);
    }
  });

  test('servers: jobs go on, and the other server answers', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const text = `slow server ${round}`;
      const id = await submit(text);
      const upload = submit(`good upload ${round} ${'x'.repeat(1_000_000)}`);
      const polling = end(id);
      await untilRunning(id);
      for (const server of cluster.servers) {
        await server.kill();
        await sleep(100);
        await server.start();
      }
      expect((await polling).state).toBe('succeeded');
      await expectSuccess(id, text);
      expect((await end(await upload)).state).toBe('succeeded');
    }
  });

  test('redis: what was accepted is still there', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const texts = [0, 1, 2].map(index => `slow redis ${round}.${index}`);
      const ids = await Promise.all(texts.map(submit));
      await untilRunning(ids[0]!);
      await cluster.redis.kill();
      await sleep(300);
      await cluster.redis.start();
      for (const [index, id] of ids.entries()) await expectSuccess(id, texts[index]!);
    }
  });

  test('every job is known and over, and no private folder is in use', async () => {
    for (const id of new Set(ended)) {
      const { state } = await call(0, `/v1/jobs/${id}`);
      expect(['succeeded', 'failed']).toContain(state);
    }
    const sandboxes = () => cluster.workers.flatMap(({ pid }) => childrenOf(pid));
    for (let turn = 0; turn < 40 && sandboxes().length > 0; turn++) await sleep(50);
    expect(sandboxes()).toEqual([]);
  });
});

/** Files of the store whose content is not what their name says. */
async function wrongBlobs(folder: string): Promise<string[]> {
  const wrong: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const expected = name.split('/').at(-1)!;
    if (expected.length !== 64) continue;
    const hash = createHash('sha256');
    for await (const chunk of createReadStream(join(folder, name))) hash.update(chunk as Buffer);
    if (hash.digest('hex') !== expected) wrong.push(name);
  }
  return wrong;
}
