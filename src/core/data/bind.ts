/**
 * A dataset bound to a model: every input gets an array, every array fits, all give the same number of samples.
 *
 * Invariant: a mismatch is found here, before anything is run, and named by array with what was expected and what to
 * change; a NaN or a value that does not fit is found when its sample is read, by array and sample.
 */
import { BitpressError } from '../../errors.ts';
import type { Metric } from '../metrics/metric.ts';
import { type BoundInput, bindInput, show } from './bind-input.ts';
import { bindLabels, LABEL_NAMES } from './bind-labels.ts';
import type { DataArray, Dataset } from './dataset.ts';
import type { Preprocess } from './preprocess.ts';
import type { SampleSource, SessionValue } from './samples.ts';

export interface BindOptions {
  /** By input name. */
  readonly preprocess?: Readonly<Record<string, Preprocess>>;
  /** Id of the metric the spec names; labels are then required. */
  readonly metric?: string;
  /** For calibration data, whose labels nobody reads. */
  readonly ignoreLabels?: boolean;
}

export interface BoundSamples extends SampleSource {
  /** How the labels are scored, and against which output; undefined without labels. */
  readonly scoring: { readonly metric: Metric; readonly output: string } | undefined;
  /** Arrays that are neither inputs nor labels; they are not read, which a report should say. */
  readonly unused: readonly string[];
}

/** @throws BitpressError dataset_mismatch, dataset_empty, invalid_spec, model_unsupported */
export function bindDataset(
  dataset: Dataset,
  inputs: readonly SessionValue[],
  outputs: readonly SessionValue[],
  options: BindOptions = {},
): BoundSamples {
  const arrays = new Map(dataset.arrays.map(array => [array.name, array]));
  const labelArray = findLabels(arrays, inputs);
  checkPreprocess(options.preprocess, inputs);
  const chosen = inputs.map(input => findArray(input, inputs, dataset, labelArray));
  const bound = inputs.map((input, index) =>
    bindInput(chosen[index]!, input, options.preprocess?.[input.name]),
  );
  const count = sampleCount(bound);
  const batch = bound.find(input => input.batch !== undefined)?.batch;
  const labels =
    labelArray && !options.ignoreLabels
      ? bindLabels(labelArray, outputs, count, batch, options.metric)
      : undefined;
  if (options.metric !== undefined && !labels)
    throw new BitpressError('dataset_mismatch', `metric ${options.metric} needs labels, and there are none`, {
      field: 'metric',
      hint: 'Add an array "y" with one row for each sample.',
    });
  return {
    count,
    hasLabels: labels !== undefined,
    scoring: labels && { metric: labels.metric, output: labels.output },
    unused: dataset.arrays
      .filter(array => array !== labelArray && !chosen.includes(array))
      .map(array => array.name),
    feeds: sample => Object.fromEntries(bound.map(each => [each.name, each.read(sample)])),
    label: sample => labels?.read(sample),
  };
}

function findLabels(
  arrays: ReadonlyMap<string, DataArray>,
  inputs: readonly SessionValue[],
): DataArray | undefined {
  const names = LABEL_NAMES.filter(name => arrays.has(name) && !inputs.some(input => input.name === name));
  if (names.length > 1)
    throw new BitpressError('dataset_mismatch', 'there are labels twice, as "y" and as "labels"', {
      hint: 'Send one of the two.',
    });
  return arrays.get(names[0] ?? '');
}

function findArray(
  input: SessionValue,
  inputs: readonly SessionValue[],
  dataset: Dataset,
  labels: DataArray | undefined,
): DataArray {
  const candidates = dataset.arrays.filter(array => array !== labels);
  const named = candidates.find(array => array.name === input.name);
  if (named) return named;
  if (inputs.length === 1 && candidates.length === 1) return candidates[0]!;
  const present = dataset.arrays.map(array => `"${array.name}"`).join(', ');
  throw new BitpressError(
    'dataset_mismatch',
    `there is no array for input "${input.name}" (${show(input)}); arrays present: ${present || 'none'}`,
    {
      field: input.name,
      hint: `Name the arrays like the model's inputs: ${inputs.map(each => `"${each.name}"`).join(', ')}.`,
    },
  );
}

function checkPreprocess(preprocess: BindOptions['preprocess'], inputs: readonly SessionValue[]): void {
  for (const name of Object.keys(preprocess ?? {}))
    if (!inputs.some(input => input.name === name))
      throw new BitpressError('invalid_spec', `preprocess names "${name}", which is no input of the model`, {
        field: `preprocess.${name}`,
        hint: `The model's inputs are ${inputs.map(input => `"${input.name}"`).join(', ')}.`,
      });
}

function sampleCount(bound: readonly BoundInput[]): number {
  const [first, ...rest] = bound;
  if (!first) throw new BitpressError('model_unsupported', 'the model has no inputs to feed');
  for (const other of rest)
    if (other.samples !== first.samples)
      throw new BitpressError(
        'dataset_mismatch',
        `input "${other.name}" has ${other.samples} samples, input "${first.name}" has ${first.samples}`,
        { field: other.name, hint: 'Send the same number of samples for every input.' },
      );
  if (first.samples === 0)
    throw new BitpressError('dataset_empty', `the array of input "${first.name}" has no rows`, {
      field: first.name,
    });
  return first.samples;
}
