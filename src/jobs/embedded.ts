/**
 * The queue with no server to install: BullMQ's PostgreSQL backend on PGlite, kept in a folder.
 *
 * Invariant: one process owns the folder. Two would destroy it, so a lock file with the owner's id refuses the second.
 */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import {
  createPostgresBackend,
  DEFAULT_SCHEMA,
  type Queue,
  type QueueEvents,
  runMigrations,
  type Worker,
  withBackend,
} from 'bullmq';
import {
  type Backend,
  MAX_DEATHS,
  type Processor,
  QUEUE_NAME,
  type WorkerSettings,
  workerOptions,
} from './backend.ts';
import { memoryLedger } from './ledger.ts';
import { needDatabase } from './new-database.ts';
import { opened } from './opened.ts';
import { pglitePool } from './pglite-pool.ts';
import { queueChanges } from './queue-changes.ts';

export async function openEmbedded(folder: string, onError: (error: Error) => void): Promise<Backend> {
  mkdirSync(folder, { recursive: true });
  const unlock = lock(join(folder, 'owner.pid'));
  await needDatabase(join(folder, 'database'));
  const database = await PGlite.create(join(folder, 'database'));
  const changes = queueChanges();
  const pool = pglitePool(database, changes);
  await runMigrations(await pool.connect(), DEFAULT_SCHEMA);
  await database.exec(`SET search_path TO ${DEFAULT_SCHEMA}`);
  await disown(database);

  const postgres = withBackend(createPostgresBackend);
  const { keep, close } = opened(onError);
  // The classes differ from those on Redis in the type of their connection only.
  return {
    name: 'embedded',
    queue: <P, R>(name = QUEUE_NAME) =>
      keep(new postgres.Queue(name, { connection: pool })) as unknown as Queue<P, R>,
    events: () => keep(new postgres.QueueEvents(QUEUE_NAME, { connection: pool })) as unknown as QueueEvents,
    worker: <P, R>(processor: Processor<P, R>, settings: WorkerSettings, name = QUEUE_NAME) =>
      keep(
        new postgres.Worker<P, R>(
          name,
          (job, token) => processor(job as unknown as Parameters<typeof processor>[0], token),
          { connection: pool, ...workerOptions(settings) },
        ),
      ) as unknown as Worker<P, R>,
    ledger: () => memoryLedger(),
    revision: changes.revision,
    async close() {
      await close();
      await database.close();
      unlock();
    },
  };
}

/**
 * Whoever ran the jobs that are still active is gone, since this process owns the folder now. They are marked as if their
 * locks had run out and a look had found them, and are returned to the queue by BullMQ's own rule, which counts the death
 * (move_stalled_jobs_to_wait in its 0002_functions.sql). So none shows "running" that does not run.
 */
async function disown(database: PGlite): Promise<void> {
  await database.exec(`
    UPDATE job SET stalled_marked = true, locked_until_ms = 0 WHERE state = 'active';
    DELETE FROM meta WHERE field = 'stalled-check';
  `);
  await database.query(
    `SELECT move_stalled_jobs_to_wait(queue, $1, $2, 0)
     FROM (SELECT DISTINCT queue FROM job WHERE state = 'active') AS interrupted`,
    [MAX_DEATHS, Date.now()],
  );
}

/** @throws Error naming the process that owns the folder */
function lock(path: string): () => void {
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx' });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const owner = Number(readFileSync(path, 'utf8'));
      if (owner !== process.pid && isAlive(owner))
        throw new Error(
          `The embedded queue is in use by process ${owner}; set REDIS_URL to run several servers or workers`,
          { cause: error },
        );
      rmSync(path, { force: true });
    }
  }
  throw new Error(`${path} cannot be taken`);
}

function isAlive(pid: number): boolean {
  try {
    return Number.isInteger(pid) && pid > 0 && process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
