/**
 * The service as it is deployed, made of processes that can be killed and started again, with what their logs say of runs.
 *
 * Invariant: a line that a process wrote before it was killed is counted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { COMPOSED_REDIS } from '../support/cluster.ts';
import { accepts, freePort } from '../support/redis.ts';
import { type Environment, until } from './processes.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export interface Member {
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface Runs {
  readonly started: ReadonlyMap<string, number>;
  readonly succeeded: ReadonlyMap<string, number>;
  readonly failed: ReadonlyMap<string, number>;
}

export interface Killable {
  readonly store: string;
  readonly redis: (Member & { readonly url: string }) | undefined;
  readonly servers: readonly (Member & { readonly url: string })[];
  /** With the embedded queue the server is the worker. */
  readonly workers: readonly Member[];
  readonly runs: Runs;
  stop(): Promise<void>;
}

export async function deployKillable(backend: 'redis' | 'embedded', more: Environment): Promise<Killable> {
  const root = mkdtempSync(join(tmpdir(), 'bitpress-kill-'));
  const data = join(root, 'data');
  const runs = {
    started: new Map<string, number>(),
    succeeded: new Map<string, number>(),
    failed: new Map<string, number>(),
  };
  const hear = (line: string): void => {
    const { msg = '', job } = parsed(line);
    const counts = LINES[msg];
    if (counts && job !== undefined) runs[counts].set(job, (runs[counts].get(job) ?? 0) + 1);
  };
  const env: Record<string, string> = { PATH: process.env.PATH ?? '', BITPRESS_DATA_DIR: data, ...more };
  const redis = backend === 'redis' ? await startRedis(join(root, 'redis')) : undefined;
  if (redis) env.REDIS_URL = redis.url;
  const server = async (): Promise<Member & { readonly url: string }> => {
    const port = await freePort();
    const started = await member(
      () => run([CLI, 'serve'], { ...env, PORT: String(port) }, hear),
      () => until(() => accepts(port)),
    );
    return Object.assign(started, { url: `http://127.0.0.1:${port}` });
  };
  const worker = (): Promise<Member> =>
    member(
      () => run([CLI, 'worker'], env, hear),
      async () => {},
    );
  const servers = redis ? [await server(), await server()] : [await server()];
  const workers = redis ? [await worker(), await worker()] : servers;
  return {
    store: join(data, 'store'),
    redis,
    servers,
    workers,
    runs,
    async stop() {
      await Promise.all([...servers, ...workers].map(running => running.kill()));
      await redis?.kill();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** What the worker's log says, by what is counted. */
const LINES: Readonly<Record<string, keyof Runs>> = {
  'job started': 'started',
  'job succeeded': 'succeeded',
  'job failed': 'failed',
};

function parsed(line: string): { readonly msg?: string; readonly job?: string } {
  try {
    return JSON.parse(line);
  } catch {
    // The line in which a process was killed.
    return {};
  }
}

async function startRedis(folder: string): Promise<Member & { readonly url: string }> {
  const port = await freePort();
  mkdirSync(folder, { recursive: true });
  const args = ['--port', String(port), '--dir', folder, ...COMPOSED_REDIS];
  const started = await member(
    () => spawn('redis-server', args, { stdio: 'ignore' }),
    () => until(() => accepts(port)),
  );
  return Object.assign(started, { url: `redis://127.0.0.1:${port}` });
}

function run(args: readonly string[], env: Environment, hear: (line: string) => void): ChildProcess {
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  createInterface(child.stdout!).on('line', hear);
  return child;
}

async function member(begin: () => ChildProcess, ready: () => Promise<void>): Promise<Member> {
  let child: ChildProcess;
  const running: Member = {
    get pid() {
      return child.pid!;
    },
    async start() {
      child = begin();
      await ready();
    },
    kill() {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise(resolve => {
        child.once('close', () => resolve());
        child.kill('SIGKILL');
      });
    },
  };
  await running.start();
  return running;
}
