/** A Redis that keeps its data, servers and workers, each a process that can be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { accepts, freePort } from './redis.ts';

const ENTRY = fileURLToPath(new URL('./service-process.ts', import.meta.url));

/** The options of Redis in docker-compose.yml: what is tested is what is shipped. */
export const COMPOSED_REDIS = /command: redis-server (.*)/
  .exec(readFileSync(new URL('../../docker-compose.yml', import.meta.url), 'utf8'))![1]!
  .split(' ');

export interface Member {
  readonly pid: number;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export interface Cluster {
  readonly redis: Member;
  readonly servers: readonly (Member & { readonly url: string })[];
  readonly workers: readonly Member[];
  stop(): Promise<void>;
}

export async function startCluster(root: string): Promise<Cluster> {
  const redisPort = await freePort();
  const aof = `${root}/redis`;
  mkdirSync(aof, { recursive: true });
  const redis = await member(
    () =>
      spawn('redis-server', ['--port', String(redisPort), '--dir', aof, ...COMPOSED_REDIS], {
        stdio: 'ignore',
      }),
    () => untilAccepting(redisPort),
  );
  const start = (role: Role, port: number): Promise<Member> =>
    startRole(role, { ...environment(root, port), REDIS_URL: `redis://127.0.0.1:${redisPort}` });
  const servers = await Promise.all(
    [await freePort(), await freePort()].map(async port =>
      Object.assign(await start('server', port), { url: `http://127.0.0.1:${port}` }),
    ),
  );
  const workers = await Promise.all([start('worker', 0), start('worker', 0)]);
  return {
    redis,
    servers,
    workers,
    async stop() {
      await Promise.all([...servers, ...workers].map(running => running.kill()));
      await redis.kill();
    },
  };
}

/** One server on the embedded queue, with its worker inside. */
export async function startAlone(root: string): Promise<Member & { readonly url: string }> {
  const port = await freePort();
  const server = await startRole('server', environment(root, port));
  return Object.assign(server, { url: `http://127.0.0.1:${port}` });
}

type Role = 'server' | 'worker';

function environment(root: string, port: number): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    PORT: String(port),
    BITPRESS_DATA_DIR: `${root}/data`,
    BITPRESS_CONCURRENCY: '2',
    LOG_LEVEL: 'fatal',
  };
}

async function startRole(role: Role, env: NodeJS.ProcessEnv): Promise<Member> {
  let lines: AsyncIterator<string> | undefined;
  return member(
    () => {
      const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), ENTRY, role], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env,
      });
      lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      return child;
    },
    async () => {
      // Its log comes before and after.
      for (;;) {
        const line = await lines!.next();
        if (line.done || line.value === 'ready') return;
      }
    },
  );
}

async function member(run: () => ChildProcess, ready: () => Promise<void>): Promise<Member> {
  let child: ChildProcess;
  const running = {
    get pid() {
      return child.pid!;
    },
    async start() {
      child = run();
      await ready();
    },
    kill(): Promise<void> {
      if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
      return new Promise(resolve => {
        child.once('exit', () => resolve());
        child.kill('SIGKILL');
      });
    },
  };
  await running.start();
  return running;
}

/** Processes that a worker has under it now: its sandboxes. */
export function childrenOf(pid: number): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return text
      .split(' ')
      .filter(part => part !== '')
      .map(Number);
  } catch {
    return [];
  }
}

async function untilAccepting(port: number): Promise<void> {
  for (let turn = 0; turn < 200 && !(await accepts(port)); turn++)
    await new Promise(resolve => setTimeout(resolve, 50));
}
