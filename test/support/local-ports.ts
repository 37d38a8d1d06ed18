/** The ports of a run in this process: the real runtime and files, nobody who listens and nobody who stops it. */
import type { Ports } from '../../src/pipeline/ports.ts';
import { describeHost } from '../../src/platform/host.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';

export const localPorts: Ports = {
  runtime: ortRuntime,
  host: describeHost(),
  files: jobFiles,
  progress: () => {},
  signal: new AbortController().signal,
};
