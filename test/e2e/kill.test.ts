/**
 * SIGKILL for each kind of process in the middle of jobs: every job ends right, once, and nothing partial stays under a
 * final name. BITPRESS_KILL_ROUNDS sets how often; one round is part of every run.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Cluster, childrenOf, startAlone, startCluster } from '../support/cluster.ts';
import { type PatientClient, patientClient, wrongBlobs } from '../support/patient-client.ts';
import { hasRedis } from '../support/redis.ts';

const ROUNDS = Number(process.env.BITPRESS_KILL_ROUNDS ?? 1);
const ROUND_MS = 60_000;
const hasProc = existsSync('/proc/self/task');

describe.skipIf(!hasRedis || !hasProc)('kill -9 (needs redis-server on the PATH, and /proc)', () => {
  let root: string;
  let cluster: Cluster;
  let client: PatientClient;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'bitpress-kill-'));
    cluster = await startCluster(root);
    client = patientClient(cluster.servers.map(({ url }) => url));
  });
  afterAll(async () => {
    await cluster?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  afterEach(async () => {
    expect(await wrongBlobs(join(root, 'data', 'store', 'blobs'))).toEqual([]);
  });

  test('sandboxes: the job is failed as sandbox_died, the next one runs', {
    timeout: ROUNDS * ROUND_MS,
  }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      // It never ends by itself.
      const victim = await client.submit(`spin sandbox ${round}`);
      await client.untilRunning(victim);
      const sandboxes = cluster.workers.flatMap(({ pid }) => childrenOf(pid));
      expect(sandboxes.length).toBeGreaterThan(0);
      for (const pid of sandboxes) process.kill(pid, 'SIGKILL');
      expect(await client.end(victim)).toMatchObject({ state: 'failed', error: { code: 'sandbox_died' } });
      await client.expectSuccess(await client.submit(`good sandbox ${round}`), `good sandbox ${round}`);
    }
  });

  test('workers: their jobs run again elsewhere', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const texts = [0, 1, 2].map(index => `slow worker ${round}.${index}`);
      const ids = await Promise.all(texts.map(client.submit));
      await client.untilRunning(ids[0]!);
      await Promise.all(cluster.workers.map(worker => worker.kill()));
      await Promise.all(cluster.workers.map(worker => worker.start()));
      for (const [index, id] of ids.entries()) await client.expectSuccess(id, texts[index]!);
    }
  });

  test('servers: jobs go on, and the other server answers', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const text = `slow server ${round}`;
      const id = await client.submit(text);
      const upload = client.submit(`good upload ${round} ${'x'.repeat(1_000_000)}`);
      const polling = client.end(id);
      await client.untilRunning(id);
      for (const server of cluster.servers) {
        await server.kill();
        await sleep(100);
        await server.start();
      }
      expect((await polling).state).toBe('succeeded');
      await client.expectSuccess(id, text);
      expect((await client.end(await upload)).state).toBe('succeeded');
    }
  });

  test('redis: what was accepted is still there', { timeout: ROUNDS * ROUND_MS }, async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const texts = [0, 1, 2].map(index => `slow redis ${round}.${index}`);
      const ids = await Promise.all(texts.map(client.submit));
      await client.untilRunning(ids[0]!);
      await cluster.redis.kill();
      await sleep(300);
      await cluster.redis.start();
      for (const [index, id] of ids.entries()) await client.expectSuccess(id, texts[index]!);
    }
  });

  test('every job is known and over, and no private folder is in use', async () => {
    for (const id of client.accepted) {
      const { state } = await client.call(0, `/v1/jobs/${id}`);
      expect(['succeeded', 'failed']).toContain(state);
    }
    const sandboxes = () => cluster.workers.flatMap(({ pid }) => childrenOf(pid));
    for (let turn = 0; turn < 40 && sandboxes().length > 0; turn++) await sleep(50);
    expect(sandboxes()).toEqual([]);
  });
});

describe.skipIf(!hasProc)('kill -9 of the server that is alone (needs /proc)', () => {
  test('its jobs wait again as soon as it is back, and run to their end', {
    timeout: ROUNDS * ROUND_MS,
  }, async () => {
    const root = mkdtempSync(join(tmpdir(), 'bitpress-kill-alone-'));
    const server = await startAlone(root);
    const client = patientClient([server.url]);
    try {
      for (let round = 0; round < ROUNDS; round++) {
        const texts = [0, 1, 2].map(index => `slow alone ${round}.${index}`);
        const ids = await Promise.all(texts.map(client.submit));
        await client.untilRunning(ids[0]!);
        const before = await client.call(0, `/v1/jobs/${ids[0]}`);
        await server.kill();
        await server.start();
        // Not "running" from before: it waits, or it has been started anew.
        const after = await client.call(0, `/v1/jobs/${ids[0]}`);
        expect(after.state === 'running' && after.startedAt === before.startedAt).toBe(false);
        for (const [index, id] of ids.entries()) await client.expectSuccess(id, texts[index]!);
        expect(await wrongBlobs(join(root, 'data', 'store', 'blobs'))).toEqual([]);
      }
      for (const id of client.accepted)
        expect((await client.call(0, `/v1/jobs/${id}`)).state).toBe('succeeded');
    } finally {
      await server.kill();
      rmSync(root, { recursive: true, force: true });
    }
  });
});
