/**
 * What an upload holds and what a job would make of it, found in a sandbox: the server never parses a stranger's file.
 *
 * Invariant: at most `MAX_AT_ONCE` sandboxes at once, so that a burst of uploads waits instead of filling the memory.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { StoredFile } from '../contracts/common.ts';
import type { DatasetDescription } from '../contracts/dataset.ts';
import type { Meters } from '../contracts/meters.ts';
import type { ModelDescription } from '../contracts/model.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import type { PlanPreview } from '../contracts/preview.ts';
import type { Store } from '../contracts/store.ts';
import type { ChildEntry } from '../platform/child-entry.ts';
import { copyDatasets, copyFiles } from './execute-job.ts';
import { withSandboxDirectory } from './sandbox-directory.ts';
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
  const { store, entry, scratch, meters } = options;
  const limits = { memoryMb: options.limits.memoryMb, timeoutSeconds: INSPECT_TIMEOUT_SECONDS };
  const turn = semaphore(MAX_AT_ONCE);
  const run: typeof runSandbox = (task, more) =>
    runSandbox(task, { ...options, ...more, onDeath: reason => meters.sandboxDied(task.kind, reason) });
  return {
    model: (files, signal) =>
      turn(() =>
        withSandboxDirectory(scratch, async directory => {
          const modelFiles = await copyFiles(store, files, join(directory, 'model'));
          return run({ kind: 'inspect-model', modelFiles }, { entry, directory, limits, signal });
        }),
      ),
    dataset: (file, signal) =>
      turn(() =>
        withSandboxDirectory(scratch, async directory => {
          const path = join(directory, 'dataset');
          const workDir = join(directory, 'work');
          await mkdir(workDir);
          await store.copyTo(file.sha256, path);
          return run({ kind: 'inspect-dataset', path, workDir }, { entry, directory, limits, signal });
        }),
      ),
    preview: (files, spec, signal) =>
      turn(() =>
        withSandboxDirectory(scratch, async directory => {
          const workDir = join(directory, 'work');
          await mkdir(workDir);
          const modelFiles = await copyFiles(store, files, join(directory, 'model'));
          const data = await copyDatasets(store, spec, join(directory, 'data'));
          return run(
            { kind: 'preview', modelFiles, ...data, spec, workDir },
            { entry, directory, limits, signal },
          );
        }),
      ),
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
