/**
 * `bitpress serve` as a process of its own, as an operator starts it, with its log in a file; under strace where asked for
 * and possible, so that every file that it or a sandbox opens is known.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../support/redis.ts';

const BUILT = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const SOURCE = fileURLToPath(new URL('../../../src/cli.ts', import.meta.url));
const START_MS = 120_000;

export interface LiveServer {
  readonly url: string;
  /** False once the process has ended. */
  isAlive(): boolean;
  log(): string;
  /** Paths that were opened, as strace writes them; undefined where it does not run. */
  opened(): string | undefined;
  stop(): Promise<void>;
}

export interface ServerFolders {
  readonly root: string;
  readonly cwd: string;
  readonly home: string;
  readonly data: string;
}

export async function startLiveServer(folders: ServerFolders): Promise<LiveServer> {
  const port = await freePort();
  const logPath = `${folders.root}/server.log`;
  const tracePath = `${folders.root}/opened.txt`;
  const log = openSync(logPath, 'w');
  const traced = spawnSync('strace', ['-f', '-o', '/dev/null', 'true']).status === 0;
  // The built form starts its sandboxes several times faster.
  const entry = existsSync(BUILT) ? [BUILT] : ['--import', import.meta.resolve('tsx'), SOURCE];
  const node = [process.execPath, ...entry, 'serve'];
  const strace = [
    'strace',
    '-f',
    '--seccomp-bpf',
    '-s',
    '4096',
    '-e',
    'trace=open,openat,openat2',
    '-o',
    tracePath,
  ];
  const [command, ...args] = traced ? [...strace, ...node] : node;
  const child: ChildProcess = spawn(command!, args, {
    cwd: folders.cwd,
    env: {
      PATH: process.env.PATH,
      HOME: folders.home,
      PORT: String(port),
      BITPRESS_DATA_DIR: folders.data,
      LOG_LEVEL: 'debug',
    },
    stdio: ['ignore', log, log],
    // A group of its own: strace passes no signal on.
    detached: true,
  });
  const signal = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // It has ended.
    }
  };
  closeSync(log);
  const url = `http://127.0.0.1:${port}`;
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  for (const end = Date.now() + START_MS; ; await sleep(200)) {
    const ready = await fetch(`${url}/readyz`).catch(() => undefined);
    if (ready?.ok) break;
    if (Date.now() > end || !isAlive())
      throw new Error(`the server did not start: ${readFileSync(logPath, 'utf8')}`);
  }
  return {
    url,
    isAlive,
    log: () => readFileSync(logPath, 'utf8'),
    opened: () => (traced && existsSync(tracePath) ? readFileSync(tracePath, 'utf8') : undefined),
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      signal('SIGTERM');
      await Promise.race([ended, sleep(20_000)]);
      signal('SIGKILL');
    },
  };
}
