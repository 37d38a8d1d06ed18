/**
 * Stage "calibrating": one pass over the samples, all observed values at once, on as many cores as there are.
 *
 * Invariant: memory does not grow with samples. A value of which nobody wants more than the extent never leaves the
 * runtime; a run that this cannot vouch for is looked at element by element. Samples are shared with other threads only
 * where all observers keep tallies, so that it does not matter who ran which.
 */
import type { Observers } from '../core/calibration/observers.ts';
import type { Gathered } from './gather.ts';
import { openThreads } from './open-threads.ts';
import type { Ports, SampleSource, Shown } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { runSamples, type Showing } from './run-samples.ts';
import { shareSamples } from './share-samples.ts';
import { lookAtRuns, type ShownValues, showValues, threadsOf } from './show-values.ts';
import { visitValues } from './visit-values.ts';
import { type Doubt, watchRuns } from './watch-runs.ts';

export interface CalibrateRequest {
  readonly prepared: PreparedModel;
  readonly observers: Observers;
  readonly samples: SampleSource;
  readonly workDir: string;
  /** Name of the file that shows the values; a job calibrates more than once where helpers ask for it. */
  readonly fileName?: string;
}

export async function calibrate(request: CalibrateRequest, ports: Ports): Promise<void> {
  const { observers, samples, fileName = 'calibration.onnx' } = request;
  if (observers.size === 0) return;
  const extentNames = observers.names.filter(name => observers.wantsExtentOnly(name));
  const names = observers.names.filter(name => !extentNames.includes(name));
  const shown = showValues({ ...request, fileName, names, extentNames }, ports.files);
  const watched = watchRuns(observers);
  const gathered = await runAll(request, shown, lookAtRuns(shown, watched), ports);
  for (const { held } of gathered) observers.merge(held);
  for (const [at, { name, sample }] of inOrder([watched, ...gathered]).entries()) {
    const one: SampleSource = { ...samples, count: 1, feeds: () => samples.feeds(sample) };
    const again = { ...request, samples: one, fileName: `doubt-${at}-${fileName}`, names: [name] };
    await visitValues(
      { ...again, visit: (each, data, _, dims) => watched.visit(each, data, sample, dims) },
      ports,
    );
  }
  observers.end();
}

/** Gives what other threads gathered. */
async function runAll(
  { observers, samples }: CalibrateRequest,
  shown: ShownValues,
  look: (run: Shown) => void,
  ports: Ports,
): Promise<readonly Gathered[]> {
  const { count } = samples;
  const showing: Showing = {
    samples,
    outputs: shown.fetched,
    look(run) {
      look(run);
      const { sample, fraction } = run;
      ports.progress({ stage: 'calibrating', fraction, message: `sample ${sample + 1} of ${count}` });
    },
  };
  const shared = openThreads({ shown, kinds: observers.tallyKinds, samples }, ports);
  if (!shared) {
    await runSamples(shown.path, { ...showing, threads: threadsOf(shown.bytes) }, ports);
    return [];
  }
  try {
    return await shareSamples({ ...shared, path: shown.path, showing }, ports);
  } finally {
    for (const other of shared.others) other.close();
  }
}

/** By sample, as one thread would have met them. */
function inOrder(runs: readonly { readonly doubts: readonly Doubt[] }[]): readonly Doubt[] {
  return runs.flatMap(({ doubts }) => doubts).sort((a, b) => a.sample - b.sample);
}
