/**
 * Runs one task in a process of its own: the sandbox.
 *
 * Invariant: when the promise settles, the process and its children are gone. The child sees no environment of ours, an
 * empty private directory, and no descriptor but its IPC channel. Its end is always one of: a result, a problem it named,
 * timeout, out_of_memory, cancelled, sandbox_died.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { setPriority } from 'node:os';
import { BitpressError, type ErrorCode, fromProblem, isBitpressError } from '../errors.ts';
import type { ReportProgress } from '../pipeline/ports.ts';
import { ALLOCATOR_ENV } from '../platform/allocator.ts';
import { type ChildEntry, nodeCommand } from '../platform/child-entry.ts';
import { V8_FLAGS } from '../platform/v8-flags.ts';
import { DEATHS } from './failure.ts';
import { residentBytes } from './process-memory.ts';
import type { SandboxMessage, SandboxStart, SandboxTask, TaskResults } from './sandbox-protocol.ts';

/** How often memory is read: a model that allocates 1 GB a second is caught within a tenth of that. */
const MEMORY_PERIOD_MS = 100;
const MIB = 1024 ** 2;
const STDERR_KEPT = 8192;
/** A third of the weight of a process at 0, where both want the same core (sched(7)). */
const SANDBOX_NICE = 5;
/** The sandbox's own watchdog fires after the supervisor had its chance. */
const WATCHDOG_GRACE_MS = 10_000;

export interface SandboxLimits {
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
}

export interface SandboxOptions {
  readonly entry: ChildEntry;
  /** Private and empty but for the task's files; the working directory. */
  readonly directory: string;
  readonly limits: SandboxLimits;
  readonly signal: AbortSignal;
  readonly onProgress?: ReportProgress;
  readonly onDeath?: (reason: ErrorCode) => void;
  /** What the sandbox wrote to stderr and traces of its errors. */
  readonly onTrace?: (text: string) => void;
}

/** @throws BitpressError */
export async function runSandbox<K extends SandboxTask['kind']>(
  task: Extract<SandboxTask, { kind: K }>,
  options: SandboxOptions,
): Promise<TaskResults[K]> {
  const { limits, signal } = options;
  if (signal.aborted) throw new BitpressError('cancelled', 'the job was cancelled before it ran');
  const { execPath, execArgv } = nodeCommand(options.entry);
  const child = fork(options.entry.path, [], {
    execPath,
    cwd: options.directory,
    env: { TMPDIR: options.directory, HOME: options.directory, LANG: 'C.UTF-8', ...ALLOCATOR_ENV },
    execArgv: [...execArgv, ...V8_FLAGS, `--max-old-space-size=${limits.memoryMb}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // A group of its own, so that the children of the sandbox end with it.
    detached: true,
  });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_KEPT);
  });

  let ended: BitpressError | undefined;
  const end = (error: BitpressError): void => {
    ended ??= error;
    killGroup(child);
  };
  const cancel = (): void => end(new BitpressError('cancelled', 'the job was cancelled while it ran'));
  signal.addEventListener('abort', cancel, { once: true });
  const timeout = setTimeout(() => end(timedOut(limits)), limits.timeoutSeconds * 1000);
  const memory = watchMemory(child, limits, () => end(outOfMemory(limits)));
  if (child.pid !== undefined) {
    preferForOomKiller(child.pid);
    yieldToTheService(child.pid);
  }

  try {
    const start: SandboxStart = {
      task,
      limitMs: limits.timeoutSeconds * 1000 + WATCHDOG_GRACE_MS,
      memoryMb: limits.memoryMb,
    };
    const last = await converse(child, start, options.onProgress);
    if (stderr !== '') options.onTrace?.(stderr);
    if (ended) throw ended;
    if (last.message?.type === 'done') return last.message.result as TaskResults[K];
    if (last.message?.type === 'failed') {
      if (last.message.trace !== undefined) options.onTrace?.(last.message.trace);
      throw fromProblem(last.message.problem);
    }
    if (/heap out of memory|Cannot allocate memory|bad_alloc/.test(stderr)) throw outOfMemory(limits);
    throw new BitpressError('sandbox_died', `the process ended ${last.exit} without an answer`);
  } catch (error) {
    if (isBitpressError(error) && DEATHS.includes(error.code)) options.onDeath?.(error.code);
    throw error;
  } finally {
    clearTimeout(timeout);
    clearInterval(memory);
    signal.removeEventListener('abort', cancel);
    killGroup(child);
  }
}

interface Last {
  readonly message: Exclude<SandboxMessage, { type: 'progress' }> | undefined;
  readonly exit: string;
}

/** Resolves once the child has exited: nothing of it runs when its files are read. */
function converse(child: ChildProcess, start: SandboxStart, onProgress?: ReportProgress): Promise<Last> {
  return new Promise(resolve => {
    let message: Last['message'];
    child.on('message', (received: SandboxMessage) => {
      if (received.type === 'progress') return onProgress?.(received.progress);
      message = received;
      killGroup(child);
    });
    child.once('error', error => resolve({ message, exit: `(${error.message})` }));
    child.once('close', (code, signal) =>
      resolve({ message, exit: signal === null ? `with code ${code}` : `by ${signal}` }),
    );
    child.send(start, () => {});
  });
}

function watchMemory(child: ChildProcess, limits: SandboxLimits, exceeded: () => void): NodeJS.Timeout {
  let reading = false;
  return setInterval(async () => {
    if (reading || child.pid === undefined) return;
    reading = true;
    const bytes = await residentBytes(child.pid);
    reading = false;
    if (bytes !== undefined && bytes > limits.memoryMb * MIB) exceeded();
  }, MEMORY_PERIOD_MS);
}

/** Where memory runs out between two readings, the kernel takes the sandbox and not the worker (proc(5), oom_score_adj). */
function preferForOomKiller(pid: number): void {
  writeFile(`/proc/${pid}/oom_score_adj`, '1000').catch(() => {});
}

/**
 * A job takes every core that is free, but not from the servers and workers of its machine, which need little and at once.
 * Set before the sandbox starts a thread of its own: threads inherit it (setpriority(2), "C library/kernel differences").
 */
function yieldToTheService(pid: number): void {
  try {
    setPriority(pid, SANDBOX_NICE);
  } catch {
    // It has ended already.
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    child.kill('SIGKILL');
  }
}

function timedOut(limits: SandboxLimits): BitpressError {
  return new BitpressError('timeout', `the job ran longer than ${limits.timeoutSeconds} s`, {
    limit: 'timeoutSeconds',
  });
}

function outOfMemory(limits: SandboxLimits): BitpressError {
  return new BitpressError('out_of_memory', `the job used more than ${limits.memoryMb} MiB`, {
    limit: 'memoryMb',
  });
}
