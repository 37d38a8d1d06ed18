/**
 * What an upload holds and what a job would make of it, found in a sandbox: the server never parses a stranger's file.
 *
 * Invariant: at most `MAX_AT_ONCE` sandboxes at once, so that a burst of uploads waits instead of filling the memory.
 */
import { join } from 'node:path';
import type { StoredFile } from '../contracts/common.ts';
import type { DatasetDescription } from '../contracts/dataset.ts';
import type { Meters } from '../contracts/meters.ts';
import type { ModelDescription } from '../contracts/model.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import type { PlanPreview } from '../contracts/preview.ts';
import type { Store } from '../contracts/store.ts';
import type { ErrorCode } from '../errors.ts';
import type { ChildEntry } from '../platform/child-entry.ts';
import { copyDatasets, copyFiles, folder } from './execute-job.ts';
import { withSandboxDirectory } from './sandbox-directory.ts';
import type { SandboxTask, TaskResults } from './sandbox-protocol.ts';
import { runSandbox, type SandboxLimits } from './supervisor.ts';

const MAX_AT_ONCE = 2;
/** Reading a header is quick; a file that needs more is refused here as it would be in a job. */
const INSPECT_TIMEOUT_SECONDS = 120;

export interface Inspector {
  model(files: readonly StoredFile[], signal: AbortSignal): Promise<ModelDescription>;
  dataset(file: StoredFile, signal: AbortSignal): Promise<DatasetDescription>;
  /** What a job with this spec would do; the datasets are those that the spec names. */
  preview(files: readonly StoredFile[], spec: JobSpec, signal: AbortSignal): Promise<PlanPreview>;
}

export interface InspectOptions {
  readonly store: Store;
  readonly entry: ChildEntry;
  readonly scratch: string;
  readonly limits: SandboxLimits;
  readonly onTrace?: (text: string) => void;
  readonly meters: Meters;
}

export function inspector(options: InspectOptions): Inspector {
  const { store, scratch, meters } = options;
  const limits = { memoryMb: options.limits.memoryMb, timeoutSeconds: INSPECT_TIMEOUT_SECONDS };
  const turn = semaphore(MAX_AT_ONCE);
  /** @param prepare puts the files of the task into its private directory */
  const run = <K extends SandboxTask['kind']>(
    signal: AbortSignal,
    prepare: (directory: string) => Promise<Extract<SandboxTask, { kind: K }>>,
  ): Promise<TaskResults[K]> =>
    turn(() =>
      withSandboxDirectory(scratch, async directory => {
        const task = await prepare(directory);
        const onDeath = (reason: ErrorCode): void => meters.sandboxDied(task.kind, reason);
        return runSandbox<K>(task, { ...options, directory, limits, signal, onDeath });
      }),
    );
  return {
    model: (files, signal) =>
      run<'inspect-model'>(signal, async directory => ({
        kind: 'inspect-model',
        modelFiles: await copyFiles(store, files, join(directory, 'model')),
      })),
    dataset: (file, signal) =>
      run<'inspect-dataset'>(signal, async directory => {
        const path = join(directory, 'dataset');
        await store.copyTo(file.sha256, path);
        return { kind: 'inspect-dataset', path, workDir: await folder(join(directory, 'work')) };
      }),
    preview: (files, spec, signal) =>
      run<'preview'>(signal, async directory => ({
        kind: 'preview',
        modelFiles: await copyFiles(store, files, join(directory, 'model')),
        ...(await copyDatasets(store, spec, join(directory, 'data'))),
        spec,
        workDir: await folder(join(directory, 'work')),
      })),
  };
}

function semaphore(size: number): <R>(work: () => Promise<R>) => Promise<R> {
  let free = size;
  const waiting: (() => void)[] = [];
  return async work => {
    if (free > 0) free--;
    else await new Promise<void>(resolve => waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}
