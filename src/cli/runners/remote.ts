/**
 * A job on a server: what it does not have is uploaded, the job followed, its artifacts downloaded.
 *
 * Invariant: when the user gives up, the job is cancelled there too.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Bitpress, bitpress, type Job, type JobSubmission } from '../../client/bitpress.ts';
import { fileAt } from '../../client/file-source.ts';
import { isOver } from '../../client/follow.ts';
import type { UploadOptions } from '../../client/upload.ts';
import type { Report } from '../../contracts/report.ts';
import { BitpressError, fromProblem, type ProblemBody } from '../../errors.ts';
import type { ReportProgress } from '../../pipeline/ports.ts';
import type { JobFiles, JobResult, RunJob } from './runner.ts';

/** An artifact's name becomes a file name here; the server is not trusted with more. */
const PLAIN_NAME = /^[\w][\w.-]{0,200}$/;

/**
 * @param keyFile a file that holds the API key and nothing else
 * @param apiKey used where there is no file
 */
export function remoteRunner(server: string, keyFile: string | undefined, apiKey?: string): RunJob {
  return async (spec, files, progress, signal) => {
    const api = bitpress(server, { apiKey: keyFile === undefined ? apiKey : readKey(keyFile) });
    const submitted = await api.submit(await send(api, spec, files, progress, signal), signal);
    const onUpdate = ({ stage, progress: fraction = 0 }: Job): void => {
      if (stage) progress({ stage, fraction });
    };
    const job = isOver(submitted) ? submitted : await api.follow(submitted.id, { onUpdate, signal });
    if (job.state !== 'succeeded')
      throw job.error
        ? fromProblem(job.error as ProblemBody)
        : new BitpressError('cancelled', `job ${job.id} was cancelled`);
    return fetchResult(api, job, signal);
  };
}

/** The files to the server, and their ids into the spec. */
async function send(
  api: Bitpress,
  spec: Readonly<Record<string, unknown>>,
  files: JobFiles,
  progress: ReportProgress,
  signal: AbortSignal,
): Promise<JobSubmission> {
  const showing = (what: string): UploadOptions => ({
    signal,
    onSent: (sent, total) =>
      progress({ stage: 'importing', fraction: sent / Math.max(total, 1), message: `uploading ${what}` }),
  });
  const dataset = async (path: string | undefined, what: string) =>
    path === undefined ? undefined : (await api.uploadDataset(fileAt(path), showing(what))).id;
  const { id: model } = await api.uploadModel(files.model.map(fileAt), showing('the model'));
  const calibration = await dataset(files.calibration, 'the calibration data');
  const evaluation = await dataset(files.evaluation, 'the evaluation data');
  return {
    ...spec,
    model,
    ...(calibration !== undefined && { calibration }),
    ...(evaluation !== undefined && { evaluation }),
  } as JobSubmission;
}

async function fetchResult(api: Bitpress, job: Job, signal: AbortSignal): Promise<JobResult> {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-result-'));
  const dispose = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    const artifacts = new Map<string, string>();
    for (const artifact of job.artifacts ?? []) {
      const { name } = artifact;
      if (!PLAIN_NAME.test(name))
        throw new BitpressError('internal', `the server names an artifact "${name}"`);
      await api.download(artifact, join(dir, name), signal);
      artifacts.set(name, join(dir, name));
    }
    return { report: (await api.report(job.id, signal)) as Report, artifacts, dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function readKey(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new BitpressError('file_unreadable', `there is no readable key file ${path}`, { cause: error });
  }
}
