/** The service as it is deployed (compiled, one process each) with what it costs: processor time and resident memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { accepts, freePort } from '../support/redis.ts';

const CLI = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
/** proc(5): user and system time are counted in ticks of sysconf(_SC_CLK_TCK), which is 100 on Linux. */
const TICKS_PER_SECOND = 100;
const MIB = 1024 ** 2;
const PAGE_BYTES = 4096;

export interface Measured {
  readonly name: string;
  readonly pid: number;
}

export interface Deployment {
  readonly root: string;
  readonly port: number;
  readonly url: string;
  readonly processes: readonly Measured[];
  close(): Promise<void>;
}

export type Environment = Readonly<Record<string, string>>;

export async function deploy(
  backend: 'embedded' | 'redis',
  workers: number,
  environment: Environment = {},
): Promise<Deployment> {
  const root = mkdtempSync(join(tmpdir(), 'bitpress-load-'));
  const port = await freePort();
  const children: ChildProcess[] = [];
  const processes: Measured[] = [];
  const start = (name: string, command: string, args: readonly string[], env: Environment): void => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { PATH: process.env.PATH, ...env },
    });
    children.push(child);
    processes.push({ name, pid: child.pid! });
  };
  const env: Record<string, string> = {
    PORT: String(port),
    BITPRESS_DATA_DIR: join(root, 'data'),
    ...environment,
  };
  if (backend === 'redis') {
    const redisPort = await freePort();
    start(
      'redis',
      'redis-server',
      ['--port', String(redisPort), '--dir', root, '--save', '', '--appendonly', 'yes'],
      {},
    );
    await until(() => accepts(redisPort));
    env.REDIS_URL = `redis://127.0.0.1:${redisPort}`;
  }
  start('server', process.execPath, [CLI, 'serve'], env);
  await until(() => accepts(port));
  if (backend === 'redis')
    for (let index = 0; index < workers; index++) start('worker', process.execPath, [CLI, 'worker'], env);
  return {
    root,
    port,
    url: `http://127.0.0.1:${port}`,
    processes,
    async close() {
      // Redis, the first to start, is the last to go.
      for (const child of children.reverse()) await ended(child);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let turn = 0; turn < 1200; turn++) {
    if (await condition()) return;
    await sleep(50);
  }
  throw new Error('nothing happened for a minute');
}

/** Seconds of user and system time that a process has used, without its children. Source: proc(5), /proc/[pid]/stat. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** The same of the children that it has waited for: a worker's sandboxes. */
export function childrenCpuSeconds(pid: number): number {
  const fields = statOf(pid);
  return (Number(fields[13]) + Number(fields[14])) / TICKS_PER_SECOND;
}

function statOf(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
}

/** Resident MiB of a process. Source: proc(5), /proc/[pid]/statm. */
export function residentMib(pid: number): number {
  return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES) / MIB;
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise(resolve => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 20_000).unref();
  });
}
