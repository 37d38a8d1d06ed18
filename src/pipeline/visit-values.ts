/** Runs samples through the prepared model and shows values of each run. */
import type { Ports, SampleSource } from './ports.ts';
import { runSamples } from './run-samples.ts';
import { lookAtRuns, type ShowRequest, showValues, threadsOf, type VisitValue } from './show-values.ts';

export interface Visit extends Omit<ShowRequest, 'extentNames'> {
  readonly samples: SampleSource;
  readonly visit: VisitValue;
}

export async function visitValues(request: Visit, ports: Ports): Promise<void> {
  const shown = showValues(request, ports.files);
  const look = lookAtRuns(shown, request);
  const { path, fetched: outputs, bytes } = shown;
  await runSamples(path, { samples: request.samples, outputs, look, threads: threadsOf(bytes) }, ports);
}
