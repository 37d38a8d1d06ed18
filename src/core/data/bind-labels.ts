/**
 * The labels of a dataset: an array "y" or "labels" beside the inputs, and which metric and output they score.
 *
 *   - integers are class indices (or next tokens): top1 unless the spec names another metric;
 *   - floats are targets of the shape of an output: mse unless the spec names another metric.
 */
import { BitpressError } from '../../errors.ts';
import { METRICS } from '../metrics/index.ts';
import type { Metric } from '../metrics/metric.ts';
import { isFloat } from '../tensor/dtype.ts';
import { elementCount } from '../tensor/tensor.ts';
import { show } from './bind-input.ts';
import { requireFinite } from './convert.ts';
import type { DataArray } from './dataset.ts';
import type { RuntimeTensor, SessionValue } from './samples.ts';

export const LABEL_NAMES: readonly string[] = ['y', 'labels'];

export interface BoundLabels {
  readonly metric: Metric;
  /** Name of the output that is scored. */
  readonly output: string;
  read(sample: number): RuntimeTensor;
}

/**
 * @param samples how many samples the inputs give
 * @param batch rows of axis 0 in a sample; undefined where axis 0 counts samples
 */
export function bindLabels(
  array: DataArray,
  outputs: readonly SessionValue[],
  samples: number,
  batch: number | undefined,
  metricId: string | undefined,
): BoundLabels {
  const label = `array "${array.name}" (labels)`;
  const metric = chooseMetric(array, metricId, label);
  const rows = batch === undefined || array.shape[0] === samples ? 1 : batch;
  if (array.shape[0] !== samples * rows)
    throw new BitpressError(
      'dataset_mismatch',
      `${label} has ${array.shape[0] ?? 'no'} rows for ${samples * (batch ?? 1)} rows of input`,
      { field: array.name, hint: 'Send one row of labels for each row of input.' },
    );
  const dims = [...(batch === undefined ? [] : [rows]), ...array.shape.slice(1)];
  const size = elementCount(dims);
  const output = outputs.find(each => scorable(each, metric, dims));
  if (!output)
    throw new BitpressError(
      'dataset_mismatch',
      `${label} give ${array.dtype}[${dims.join(', ')}] a sample, which metric ${metric.id} cannot hold against ` +
        `${outputs.map(each => `"${each.name}" ${show(each)}`).join(', ')}`,
      { field: array.name, hint: HINTS[metric.labels] },
    );
  return {
    metric,
    output: output.name,
    read(sample) {
      const data = array.read(sample * size, size);
      requireFinite(data, array.dtype, `${label}, sample ${sample},`);
      return { dtype: array.dtype, dims, data };
    },
  };
}

const HINTS = {
  indices: 'Class indices are integers, one for each row of two or more scores of an output.',
  targets: 'Targets are arrays of the shape of an output.',
} as const satisfies Record<Metric['labels'], string>;

function chooseMetric(array: DataArray, id: string | undefined, label: string): Metric {
  const indices = !isFloat(array.dtype);
  const metric = METRICS.get(id ?? (indices ? 'top1' : 'mse'));
  if (!metric)
    throw new BitpressError('invalid_spec', `there is no metric "${id}"`, {
      field: 'metric',
      hint: `Metrics are ${METRICS.ids.join(', ')}.`,
    });
  // Integer targets (bytes of an image) are fine for a metric of targets; float indices are not.
  if (metric.labels === 'indices' && !indices)
    throw new BitpressError(
      'dataset_mismatch',
      `${label} has type ${array.dtype}, metric ${metric.id} needs integers`,
      {
        field: array.name,
        hint: 'Save the class indices as int64, or name a metric of targets (mse, psnr, cosine).',
      },
    );
  return metric;
}

/** Whether, as far as the declared shape tells, labels of the shape `dims` score this output. */
function scorable({ dtype, dims }: SessionValue, metric: Metric, label: readonly number[]): boolean {
  if (dtype === undefined || !isFloat(dtype)) return false;
  if (dims === undefined) return true;
  // Axis 0 may be declared dynamic; what it holds is known from the label.
  const guess = dims.map((dim, axis) => (axis === 0 && typeof dim !== 'number' ? label[0] : dim));
  const known = guess.every(dim => typeof dim === 'number') ? elementCount(guess) : undefined;
  const count = elementCount(label);
  if (metric.labels === 'targets')
    return known === undefined ? dims.length === label.length : known === count;
  // An index needs two or more scores to choose from.
  return known === undefined ? dims.length >= 2 : known % count === 0 && known / count >= 2;
}
