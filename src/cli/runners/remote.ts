/**
 * A job on a server: one upload, long polls, downloads.
 *
 * Invariant: when the user gives up, the job is cancelled there too.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { JobView } from '../../contracts/job.ts';
import type { Report } from '../../contracts/report.ts';
import { BitpressError, CATALOGUE, fromProblem, isBitpressError, type ProblemBody } from '../../errors.ts';
import type { ReportProgress } from '../../pipeline/ports.ts';
import { type Client, client } from './client.ts';
import { multipart, type Part } from './multipart.ts';
import type { JobFiles, JobResult, RunJob } from './runner.ts';

/** Seconds a poll waits on the server; progress is shown at least this often. */
const POLL_SECONDS = 2;
/** A server that restarts is waited for; the job is in its queue. */
const MAX_MISSES = 15;
const RETRY_MS = 1000;
/** An artifact's name becomes a file name here; the server is not trusted with more. */
const PLAIN_NAME = /^[\w][\w.-]{0,200}$/;

/** @param keyFile a file that holds the API key and nothing else */
export function remoteRunner(server: string, keyFile: string | undefined): RunJob {
  return async (spec, files, progress, signal) => {
    const api = client(server, keyFile === undefined ? undefined : readKey(keyFile));
    const submitted = await api.json<JobView>('/v1/jobs', {
      method: 'POST',
      form: multipart(parts(spec, files)),
      signal,
    });
    const job = await follow(api, submitted, progress, signal);
    if (job.state !== 'succeeded')
      throw job.error
        ? fromProblem(job.error as ProblemBody)
        : new BitpressError('cancelled', `job ${job.id} was cancelled`);
    return fetchResult(api, job, signal);
  };
}

function parts(spec: Readonly<Record<string, unknown>>, files: JobFiles): readonly Part[] {
  return [
    { name: 'spec', text: JSON.stringify(spec) },
    ...files.model.map(file => ({ name: 'model', file })),
    ...(files.calibration === undefined ? [] : [{ name: 'calibration', file: files.calibration }]),
    ...(files.evaluation === undefined ? [] : [{ name: 'evaluation', file: files.evaluation }]),
  ];
}

async function follow(
  api: Client,
  submitted: JobView,
  progress: ReportProgress,
  signal: AbortSignal,
): Promise<JobView> {
  let job = submitted;
  let misses = 0;
  while (job.state === 'queued' || job.state === 'running') {
    if (job.stage) progress({ stage: job.stage, fraction: job.progress ?? 0 });
    try {
      job = await api.json<JobView>(`/v1/jobs/${job.id}?wait=${POLL_SECONDS}`, { signal });
      misses = 0;
    } catch (error) {
      if (signal.aborted) await api.json(`/v1/jobs/${job.id}/cancel`, { method: 'POST' }).catch(() => {});
      const retryable = isBitpressError(error) && CATALOGUE[error.code].retryable;
      if (signal.aborted || !retryable || ++misses > MAX_MISSES) throw error;
      await setTimeout(RETRY_MS);
    }
  }
  return job;
}

async function fetchResult(api: Client, job: JobView, signal: AbortSignal): Promise<JobResult> {
  const dir = mkdtempSync(join(tmpdir(), 'bitpress-result-'));
  const dispose = (): void => rmSync(dir, { recursive: true, force: true });
  try {
    const artifacts = new Map<string, string>();
    for (const { name, url } of job.artifacts ?? []) {
      if (!PLAIN_NAME.test(name))
        throw new BitpressError('internal', `the server names an artifact "${name}"`);
      await api.download(url, join(dir, name), signal);
      artifacts.set(name, join(dir, name));
    }
    return { report: await api.json<Report>(job.links.report, { signal }), artifacts, dispose };
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
