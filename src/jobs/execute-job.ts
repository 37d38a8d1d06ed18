/**
 * One job on this machine: stored files -> private copies -> sandbox -> artifacts in the store.
 *
 * Invariant: the artifacts are in the store, under the hash of what was read from the sandbox's folder, before the job
 * ends; the private folder is gone afterwards.
 */
import { createReadStream } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { StoredFile } from '../contracts/common.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import type { Store } from '../contracts/store.ts';
import { BitpressError, type ErrorCode } from '../errors.ts';
import type { ReportProgress } from '../pipeline/ports.ts';
import type { ChildEntry } from '../platform/child-entry.ts';
import type { JobResult } from './backend.ts';
import { datasetsOf, type JobPayload } from './payload.ts';
import { withSandboxDirectory } from './sandbox-directory.ts';
import type { JobDone, JobTask, ModelFile } from './sandbox-protocol.ts';
import { runSandbox, type SandboxLimits } from './supervisor.ts';

export interface ArtifactRecord extends StoredFile {
  readonly contentType: string;
}

export interface ExecuteOptions {
  readonly store: Store;
  readonly entry: ChildEntry;
  /** Where private folders are made: with room for the model, the data and the artifacts. */
  readonly scratch: string;
  /** Ceilings; a spec may ask for less. */
  readonly limits: SandboxLimits;
  readonly signal: AbortSignal;
  readonly onProgress?: ReportProgress;
  readonly onTrace?: (text: string) => void;
  readonly onDeath?: (reason: ErrorCode) => void;
}

/** @throws BitpressError */
export function executeJob(payload: JobPayload, options: ExecuteOptions): Promise<JobResult> {
  const { store } = options;
  return withSandboxDirectory(options.scratch, async directory => {
    const limits = lower(options.limits, payload);
    const task: JobTask = {
      kind: 'job',
      timeoutSeconds: limits.timeoutSeconds,
      modelFiles: await copyFiles(store, payload.files, join(directory, 'model')),
      ...(await copyDatasets(store, payload.spec, join(directory, 'data'))),
      spec: payload.spec,
      workDir: await folder(join(directory, 'work')),
      outDir: await folder(join(directory, 'out')),
      provenance: { model: payload.model, ...datasetIds(payload.spec) },
    };
    const done = await runSandbox(task, { ...options, directory, limits });
    return {
      verdict: done.verdict,
      headline: done.headline,
      artifacts: await keep(store, done, task.outDir),
    };
  });
}

export async function copyFiles(
  store: Store,
  files: readonly StoredFile[],
  into: string,
): Promise<readonly ModelFile[]> {
  await folder(into);
  const copies: ModelFile[] = [];
  for (const { name, sha256 } of files) {
    const path = join(into, name);
    if (dirname(path) !== into)
      throw new BitpressError('external_data_refused', `"${name}" is not a plain file name`);
    await store.copyTo(sha256, path);
    copies.push({ name, path });
  }
  return copies;
}

/** Private copies of the datasets that a spec names, by their role. */
export async function copyDatasets(store: Store, spec: JobSpec, into: string) {
  await folder(into);
  const paths = new Map<string, string>();
  for (const id of new Set(datasetsOf(spec))) {
    const path = join(into, id);
    await store.copyTo(id, path);
    paths.set(id, path);
  }
  const { calibration, evaluation } = datasetIds(spec);
  return {
    ...(calibration !== undefined && { calibration: paths.get(calibration)! }),
    ...(evaluation !== undefined && { evaluation: paths.get(evaluation)! }),
  };
}

function datasetIds(spec: JobSpec) {
  return {
    ...(typeof spec.calibration === 'string' && { calibration: spec.calibration }),
    ...(spec.evaluation !== undefined && { evaluation: spec.evaluation }),
  };
}

/** The sandbox is not trusted with paths: only plain files directly in its out folder are read. */
async function keep(store: Store, done: JobDone, outDir: string): Promise<readonly ArtifactRecord[]> {
  const records: ArtifactRecord[] = [];
  for (const { name, path, contentType } of done.artifacts) {
    const found = await lstat(path);
    if (dirname(resolve(path)) !== outDir || !found.isFile() || found.nlink !== 1)
      throw new BitpressError('sandbox_died', 'the process answered with a file that is not its own');
    const { sha256, bytes } = await store.put(createReadStream(path));
    records.push({ name, sha256, bytes, contentType });
  }
  return records;
}

function lower(ceiling: SandboxLimits, { spec: { limits } }: JobPayload): SandboxLimits {
  return {
    timeoutSeconds: Math.min(ceiling.timeoutSeconds, limits?.timeoutSeconds ?? ceiling.timeoutSeconds),
    memoryMb: Math.min(ceiling.memoryMb, limits?.memoryMb ?? ceiling.memoryMb),
  };
}

export async function folder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return path;
}
