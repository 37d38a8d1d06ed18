/**
 * Stage "calibrating": one pass over the samples, all observed values at once.
 *
 * Invariant: a sample's activations are dropped when its run has been observed; memory does not grow with samples. A value
 * inside a loop is held for all turns of one run.
 */

import type { Observers } from '../core/calibration/observers.ts';
import { liftValues } from '../core/ir/lift.ts';
import { extent, isFiniteExtent } from '../core/tensor/reduce.ts';
import { BitpressError } from '../errors.ts';
import { writeExposed } from './expose.ts';
import type { Ports, SampleSource, TensorMap } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';

export interface CalibrateRequest {
  readonly prepared: PreparedModel;
  readonly observers: Observers;
  readonly samples: SampleSource;
  readonly workDir: string;
  /** Name of the file that shows the values; a job calibrates more than once where helpers ask for it. */
  readonly fileName?: string;
}

export async function calibrate(
  { prepared, observers, samples, workDir, fileName = 'calibration.onnx' }: CalibrateRequest,
  ports: Ports,
): Promise<void> {
  if (observers.size === 0) return;
  await visitValues(
    prepared,
    observers.names,
    samples,
    workDir,
    fileName,
    ports,
    (name, data, sample, dims) => {
      if (!isFiniteExtent(extent(data)))
        throw new BitpressError(
          'dataset_not_finite',
          `value "${name}" is NaN or infinite on calibration sample ${sample}`,
        );
      observers.observe(name, data, dims);
    },
  );
  observers.end();
}

export type VisitValue = (name: string, data: Float32Array, sample: number, dims: readonly number[]) => void;

/** Runs the samples and shows the named float32 values of each run. */
export async function visitValues(
  prepared: PreparedModel,
  names: readonly string[],
  samples: SampleSource,
  workDir: string,
  fileName: string,
  ports: Ports,
  visit: VisitValue,
): Promise<void> {
  const model = prepared.fresh();
  const produced = new Map(
    model.graph.nodes.flatMap(node =>
      node.outputs.flatMap(value => (value ? [[value.name, value] as const] : [])),
    ),
  );
  const given = new Set(model.graph.inputs.map(({ name }) => name));
  const nested = new Set(names.filter(name => !produced.has(name) && !given.has(name)));
  if (nested.size > 0) for (const [name, value] of liftValues(model, nested)) produced.set(name, value);
  const hidden = names.flatMap(name => {
    const value = produced.get(name);
    return value && !model.graph.outputs.includes(value) ? [value] : [];
  });
  const shown = new Map([...produced].map(([name, value]) => [name, value.name]));
  const path = ports.files.join(workDir, fileName);
  writeExposed(model, hidden, path, ports.files);
  const fetched = names.flatMap(name => shown.get(name) ?? []);
  const session = await ports.runtime.open(path, { optimization: 'all' });
  try {
    for (let sample = 0; sample < samples.count; sample++) {
      if (ports.signal.aborted) throw new BitpressError('cancelled', 'cancelled while calibrating');
      const feeds = samples.feeds(sample);
      const results: TensorMap = fetched.length > 0 ? await session.run(feeds, fetched) : {};
      for (const name of names) {
        const tensor = results[shown.get(name) ?? name] ?? feeds[name];
        if (tensor?.dtype === 'float32' && tensor.data.length > 0)
          visit(name, tensor.data as Float32Array, sample, tensor.dims);
      }
      ports.progress({
        stage: 'calibrating',
        fraction: (sample + 1) / samples.count,
        message: `sample ${sample + 1} of ${samples.count}`,
      });
      await new Promise(resolve => setImmediate(resolve));
    }
  } finally {
    await session.close();
  }
}
