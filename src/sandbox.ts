/**
 * Entry of the sandbox: the process in which one task touches a stranger's file.
 *
 * Invariant: one task, one answer, then the process ends. It reads no environment, opens no socket and knows no queue;
 * what it may use comes in the task. Its own watchdog ends it if its supervisor is gone.
 */
import { isBitpressError, toProblem } from './errors.ts';
import type { SandboxMessage, SandboxStart, SandboxTask, TaskResults } from './jobs/sandbox-protocol.ts';
import { compareFiles } from './pipeline/compare-files.ts';
import { inspectModel } from './pipeline/inspect.ts';
import type { Ports } from './pipeline/ports.ts';
import { previewJob } from './pipeline/preview.ts';
import { previewMethods } from './pipeline/preview-methods.ts';
import { runJob } from './pipeline/run-job.ts';
import { describeDataset } from './platform/dataset/open-dataset.ts';
import { describeHost } from './platform/host.ts';
import { jobFiles } from './platform/job-files.ts';
import { startWatchdog } from './platform/memory/watchdog.ts';
import { ortRuntime } from './platform/ort-runtime.ts';
import { sampleThreads } from './platform/sample-threads/sample-threads.ts';
import { tfjsRuntime } from './platform/tfjs-runtime.ts';

const MIB = 1024 ** 2;

process.once('message', async (start: SandboxStart) => {
  // A thread of its own: native code blocks this one.
  await startWatchdog(start.limitMs);
  await answer(start);
});
process.once('disconnect', () => process.exit(1));

async function answer({ task, memoryMb }: SandboxStart): Promise<void> {
  let message: SandboxMessage;
  try {
    message = { type: 'done', result: await perform(task, memoryMb * MIB) };
  } catch (error) {
    const trace = !isBitpressError(error) && error instanceof Error ? error.stack : undefined;
    message = { type: 'failed', problem: toProblem(error), ...(trace !== undefined && { trace }) };
  }
  await say(message);
  process.exit(0);
}

async function perform(task: SandboxTask, limitBytes: number): Promise<TaskResults[SandboxTask['kind']]> {
  switch (task.kind) {
    case 'inspect-model':
      return inspectModel(task.modelFiles, jobFiles, describeHost());
    case 'inspect-dataset':
      return describeDataset(task.path, task.workDir);
    case 'preview':
      // It counts the threads of the job, and starts none.
      return previewJob(task, { ...ports(), sampleThreads: { ...sampleThreads({ limitBytes }), warm() {} } });
    case 'preview-methods':
      return previewMethods(task, ports());
    case 'compare':
      return compareFiles(task, ports());
    case 'job': {
      const { verdict, headline, artifacts } = await runJob(task, {
        ...ports(),
        sampleThreads: sampleThreads({ limitBytes }),
      });
      return { verdict, headline, artifacts };
    }
  }
}

function ports(): Ports {
  return {
    runtime: ortRuntime,
    sourceRuntime: tfjsRuntime,
    host: describeHost(),
    files: jobFiles,
    progress: progress => void say({ type: 'progress', progress }),
    // A cancel reaches this process as a signal that it cannot see.
    signal: new AbortController().signal,
  };
}

function say(message: SandboxMessage): Promise<void> {
  return new Promise(resolve => {
    if (!process.send) throw new Error('a sandbox is started by its supervisor, not by hand');
    process.send(message, () => resolve());
  });
}
