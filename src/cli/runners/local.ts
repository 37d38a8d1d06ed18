/**
 * A job on this machine, run as a worker runs it: the same sandbox under the same supervisor, without queue and store.
 *
 * Invariant: the user's files are copied and never written; the private folder is gone after `dispose`.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { modelId } from '../../contracts/model-id.ts';
import { parseSpec } from '../../contracts/parse-spec.ts';
import type { Report } from '../../contracts/report.ts';
import { BitpressError } from '../../errors.ts';
import type { JobTask } from '../../jobs/sandbox-protocol.ts';
import type { ChildEntry } from '../../platform/child-entry.ts';
import { copyFile, type FileCopy } from './copy-file.ts';
import { localSandbox } from './local-sandbox.ts';
import type { JobFiles, JobResult, RunJob } from './runner.ts';

/** Ceilings where the flags name none: a user waits for their own job, on their own machine. */
export const LOCAL_LIMITS = { timeoutSeconds: 24 * 3600, memoryMb: 65_536 } as const;

export function localRunner(entry: ChildEntry): RunJob {
  const runTask = localSandbox(entry);
  return async (spec, files, progress, signal) => {
    const directory = mkdtempSync(join(tmpdir(), 'bitpress-job-'));
    const dispose = (): void => rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    try {
      const task = await jobTask(spec, files, directory);
      const limits = { ...LOCAL_LIMITS, ...task.spec.limits };
      const done = await runTask(task, { directory, limits, signal, onProgress: progress });
      const artifacts = new Map(done.artifacts.map(({ name }) => [name, join(task.outDir, basename(name))]));
      return { report: readReport(artifacts), artifacts, dispose } satisfies JobResult;
    } catch (error) {
      dispose();
      throw error;
    }
  };
}

/** The model and its external data as private copies, in a folder of their own. */
export async function copyModel(files: readonly string[], directory: string): Promise<readonly FileCopy[]> {
  const into = join(directory, 'model');
  await mkdir(into);
  const copies: FileCopy[] = [];
  for (const path of files) copies.push(await copyFile(path, into));
  return copies;
}

/** The user's files as private copies, and the spec that names them by their hashes. */
export async function jobTask(
  spec: Readonly<Record<string, unknown>>,
  files: JobFiles,
  directory: string,
): Promise<JobTask> {
  const folder = async (name: string): Promise<string> => {
    await mkdir(join(directory, name));
    return join(directory, name);
  };
  // What is wrong in the spec is said before anything is copied.
  parseSpec(spec);
  const modelFiles = await copyModel(files.model, directory);
  const data = await folder('data');
  const dataset = async (path: string | undefined, name: string) =>
    path === undefined ? undefined : copyFile(path, data, name);
  const calibration = await dataset(files.calibration, 'calibration');
  const evaluation = await dataset(files.evaluation, 'evaluation');
  return {
    kind: 'job',
    modelFiles: modelFiles.map(({ name, path }) => ({ name, path })),
    ...(calibration && { calibration: calibration.path }),
    ...(evaluation && { evaluation: evaluation.path }),
    // Datasets are named by their hash, as on a server: the same work has the same spec.
    spec: parseSpec({
      ...spec,
      ...(calibration && { calibration: calibration.sha256 }),
      ...(evaluation && { evaluation: evaluation.sha256 }),
    }),
    workDir: await folder('work'),
    outDir: await folder('out'),
    provenance: {
      model: modelId(modelFiles),
      ...(calibration && { calibration: calibration.sha256 }),
      ...(evaluation && { evaluation: evaluation.sha256 }),
    },
  };
}

function readReport(artifacts: ReadonlyMap<string, string>): Report {
  const path = artifacts.get('report.json');
  if (path === undefined) throw new BitpressError('internal', 'the job left no report');
  return JSON.parse(readFileSync(path, 'utf8')) as Report;
}
