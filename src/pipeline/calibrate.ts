/**
 * Stage "calibrating": one pass over the samples, all observed values at once.
 *
 * Invariant: memory does not grow with samples. A value of which nobody wants more than the extent never leaves the
 * runtime; a run that this cannot vouch for is looked at element by element.
 */
import type { Observers } from '../core/calibration/observers.ts';
import { extent, isFiniteExtent } from '../core/tensor/reduce.ts';
import { BitpressError } from '../errors.ts';
import type { Ports, SampleSource } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import { type VisitValue, visitValues } from './visit-values.ts';

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
  const visit: VisitValue = (name, data, sample, dims) => {
    const seen = extent(data);
    if (!isFiniteExtent(seen) && !observers.takesNonFinite(name))
      throw new BitpressError(
        'dataset_not_finite',
        `value "${name}" is NaN or infinite on calibration sample ${sample}`,
      );
    observers.observe(name, data, dims, seen);
  };
  const byExtent = new Set(observers.names.filter(name => observers.wantsExtentOnly(name)));
  const names = observers.names.filter(name => !byExtent.has(name));
  const doubtful: { readonly name: string; readonly sample: number }[] = [];
  const extents = {
    names: [...byExtent],
    visit: (name: string, { min, max, size }: { min: number; max: number; size: number }, sample: number) => {
      // Nothing was reduced where a value has no elements.
      if (min > max) return;
      if (Number.isFinite(size) || observers.takesNonFinite(name))
        observers.observe(name, Float32Array.of(min, max), [2], { min, max });
      else doubtful.push({ name, sample });
    },
  };
  await visitValues({ ...request, fileName, names, visit, extents }, ports);
  for (const { name, sample } of doubtful) {
    const one: SampleSource = { ...samples, count: 1, feeds: () => samples.feeds(sample) };
    const checked = {
      ...request,
      samples: one,
      fileName: `${sample}-${doubtful.length}-${fileName}`,
      names: [name],
    };
    await visitValues({ ...checked, visit: (each, data, _, dims) => visit(each, data, sample, dims) }, ports);
  }
  observers.end();
}
