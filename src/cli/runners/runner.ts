/** How a command gets a job done: on this machine, or by a server. Both give the same report and the same artifacts. */
import type { Report } from '../../contracts/report.ts';
import type { ReportProgress } from '../../pipeline/ports.ts';

export interface JobFiles {
  /** The model file, then its external data. */
  readonly model: readonly [string, ...string[]];
  readonly calibration?: string;
  readonly evaluation?: string;
}

export interface JobResult {
  readonly report: Report;
  /** Files by artifact name, where they can be copied from; they live until `dispose`. */
  readonly artifacts: ReadonlyMap<string, string>;
  dispose(): void;
}

export type RunJob = (
  spec: Readonly<Record<string, unknown>>,
  files: JobFiles,
  progress: ReportProgress,
  signal: AbortSignal,
) => Promise<JobResult>;
