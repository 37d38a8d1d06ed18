/** Runs samples through the prepared model and shows values of each run. */
import type { Ports, SampleSource } from './ports.ts';
import { runSamples } from './run-samples.ts';
import { lookAtRuns, type ShowRequest, showValues, type VisitValue } from './show-values.ts';

export interface Visit extends Omit<ShowRequest, 'extentNames'> {
  readonly samples: SampleSource;
  readonly visit: VisitValue;
}

export async function visitValues(request: Visit, ports: Ports): Promise<void> {
  const shown = showValues(request, ports.files);
  const look = lookAtRuns(shown, request);
  await runSamples(shown.path, { samples: request.samples, outputs: shown.fetched, look }, ports);
}
