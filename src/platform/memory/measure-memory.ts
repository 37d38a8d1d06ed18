/**
 * Measures a model's memory in a process of its own, so that nothing else that is loaded counts.
 *
 * Invariant: the child is gone when the promise settles; it sees no environment but where temporary files go. A child that dies or is too slow
 * gives `undefined` (the figure is missing), never a failed job.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname } from 'node:path';
import { BitpressError } from '../../errors.ts';
import type { MemoryFigures } from '../../pipeline/ports.ts';
import { childEntry } from '../child-entry.ts';
import type { ProbeReply, ProbeRequest } from './protocol.ts';

/** Loading and a few runs; a model that takes longer has other worries. */
export const PROBE_LIMIT_MS = 120_000;

export async function measureMemory(
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<MemoryFigures | undefined> {
  if (signal.aborted) throw cancelled();
  const entry = childEntry('memory-probe');
  const child = fork(entry.path, [], {
    cwd: dirname(request.modelPath),
    env: { TMPDIR: tmpdir() },
    execArgv: [...entry.execArgv, '--expose-gc'],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const abort = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(abort, PROBE_LIMIT_MS);
  signal.addEventListener('abort', abort, { once: true });
  try {
    const reply = await ask(child, request);
    if (signal.aborted) throw cancelled();
    return reply && 'figures' in reply ? reply.figures : undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
}

/** Undefined when the child ends without a word. */
function ask(child: ChildProcess, request: ProbeRequest): Promise<ProbeReply | undefined> {
  return new Promise(resolve => {
    child.once('message', message => resolve(message as ProbeReply));
    child.once('error', () => resolve(undefined));
    child.once('exit', () => resolve(undefined));
    child.send(request, error => {
      if (error) resolve(undefined);
    });
  });
}

function cancelled(): BitpressError {
  return new BitpressError('cancelled', 'cancelled while measuring memory');
}
