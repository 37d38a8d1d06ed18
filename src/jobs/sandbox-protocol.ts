/**
 * What a sandbox and its supervisor say to each other over IPC.
 *
 * Invariant: errors cross as problems, recognised by code; a sandbox answers one task with one `done` or `failed`.
 */
import type { DatasetDescription } from '../contracts/dataset.ts';
import type { ModelDescription } from '../contracts/model.ts';
import type { MethodOutlook, PlanPreview } from '../contracts/preview.ts';
import type { Report } from '../contracts/report.ts';
import type { ProblemBody } from '../errors.ts';
import type { CompareFilesRequest } from '../pipeline/compare-files.ts';
import type { ModelFile } from '../pipeline/import.ts';
import type { JobInput } from '../pipeline/open-job.ts';
import type { Progress } from '../pipeline/ports.ts';
import type { JobRequest } from '../pipeline/run-job.ts';

export type { ModelFile };

export interface JobTask extends JobRequest {
  readonly kind: 'job';
}

export interface JobDone {
  readonly verdict: 'pass' | 'fail';
  readonly headline: string;
  readonly artifacts: readonly {
    readonly name: string;
    readonly path: string;
    readonly contentType: string;
  }[];
}

export interface InspectModelTask {
  readonly kind: 'inspect-model';
  readonly modelFiles: readonly ModelFile[];
}

/** What the job would do, without running it. */
export interface PreviewTask extends JobInput {
  readonly kind: 'preview';
}

/** What each method would make of the model. */
export interface PreviewMethodsTask {
  readonly kind: 'preview-methods';
  readonly modelFiles: readonly ModelFile[];
  readonly workDir: string;
}

export interface InspectDatasetTask {
  readonly kind: 'inspect-dataset';
  readonly path: string;
  readonly workDir: string;
}

/** Two models of the user's side by side; the command line asks for it. */
export interface CompareTask extends CompareFilesRequest {
  readonly kind: 'compare';
}

export type SandboxTask =
  | JobTask
  | PreviewTask
  | PreviewMethodsTask
  | InspectModelTask
  | InspectDatasetTask
  | CompareTask;

export interface TaskResults {
  readonly job: JobDone;
  readonly preview: PlanPreview;
  readonly 'preview-methods': readonly MethodOutlook[];
  readonly 'inspect-model': ModelDescription;
  readonly 'inspect-dataset': DatasetDescription;
  readonly compare: Report;
}

/**
 * The first message: the task, the wall-clock limit after which the sandbox ends itself if nobody else does, and the memory
 * that its supervisor lets it take.
 */
export interface SandboxStart {
  readonly task: SandboxTask;
  readonly limitMs: number;
  readonly memoryMb: number;
}

export type SandboxMessage =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'done'; readonly result: TaskResults[SandboxTask['kind']] }
  /** `trace` is for the log only. */
  | { readonly type: 'failed'; readonly problem: ProblemBody; readonly trace?: string };
