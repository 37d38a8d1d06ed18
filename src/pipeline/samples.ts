/**
 * Which samples calibrate and which verify.
 *
 * Invariant: no sample does both, unless there is only one or the method can do without and only looks how far values go. With an evaluation set everything else calibrates; without
 * one the last part of the calibration set is held out; without any data random samples are compared, which is enough
 * to see a broken graph and says nothing about accuracy.
 */
import type { JobSpec } from '../contracts/parse-spec.ts';
import { refuseMissingData } from '../contracts/refuse-missing-data.ts';
import { type BoundSamples, bindDataset } from '../core/data/bind.ts';
import { syntheticSamples } from '../core/data/synthetic.ts';
import type { Ports, SampleSource, SessionValue } from './ports.ts';

const HELD_OUT = { share: 0.25, most: 32 } as const;
const RANDOM_VERIFY_SAMPLES = 8;
/** Of an evaluation set: enough to see which values are large. */
const MOST_OBSERVED = 64;

export interface SamplesRequest {
  readonly spec: JobSpec;
  readonly calibration?: string;
  readonly evaluation?: string;
  readonly workDir: string;
}

export interface JobSamples {
  readonly calibration: SampleSource | undefined;
  /** What is looked at for ranges: the calibration set, or some of the evaluation set by a method that can do without. */
  readonly observed: SampleSource | undefined;
  readonly synthetic: boolean;
  readonly verification: SampleSource;
  readonly scoring: BoundSamples['scoring'];
  readonly warnings: readonly string[];
  close(): void;
}

export async function openSamples(
  request: SamplesRequest,
  inputs: readonly SessionValue[],
  outputs: readonly SessionValue[],
  { files }: Ports,
): Promise<JobSamples> {
  const { spec, workDir } = request;
  const opened: { close(): void }[] = [];
  const warnings: string[] = [];
  const bind = async (path: string, evaluates: boolean): Promise<BoundSamples> => {
    const dataset = await files.openDataset(path, workDir, {
      inputs,
      ...(spec.preprocess && { preprocess: spec.preprocess }),
    });
    opened.push(dataset);
    const bound = bindDataset(dataset, inputs, outputs, {
      ...(spec.preprocess && { preprocess: spec.preprocess }),
      ...(evaluates && spec.metric !== undefined && { metric: spec.metric }),
      ...(!evaluates && { ignoreLabels: true }),
    });
    if (bound.unused.length > 0)
      warnings.push(`Arrays that no input takes were not read: ${bound.unused.join(', ')}.`);
    return bound;
  };
  try {
    const synthetic = typeof spec.calibration === 'object';
    refuseMissingData(
      spec.method,
      request.calibration !== undefined ? 'real' : synthetic ? 'synthetic' : 'none',
    );
    let calibration: SampleSource | undefined;
    if (request.calibration !== undefined) calibration = await bind(request.calibration, false);
    else if (typeof spec.calibration === 'object')
      calibration = syntheticSamples(inputs, spec.calibration.samples);
    const evaluation = request.evaluation === undefined ? undefined : await bind(request.evaluation, true);
    const [forCalibration, heldOut] =
      evaluation || synthetic || !calibration ? [calibration, undefined] : split(calibration);
    const verification =
      evaluation ?? heldOut ?? calibration ?? syntheticSamples(inputs, RANDOM_VERIFY_SAMPLES);
    if (!evaluation && !heldOut)
      warnings.push(
        'The outputs are compared on random data: send an evaluation dataset for figures that mean something.',
      );
    return {
      calibration: forCalibration,
      observed: forCalibration ?? (evaluation && firstOf(evaluation, MOST_OBSERVED)),
      synthetic,
      verification,
      scoring: evaluation?.scoring,
      warnings,
      close: () => {
        for (const dataset of opened) dataset.close();
      },
    };
  } catch (error) {
    for (const dataset of opened) dataset.close();
    throw error;
  }
}

const firstOf = (samples: SampleSource, most: number): SampleSource => ({
  ...samples,
  count: Math.min(samples.count, most),
});

function split(samples: SampleSource): readonly [SampleSource, SampleSource] {
  const held = Math.min(HELD_OUT.most, Math.floor(samples.count * HELD_OUT.share));
  if (held === 0) return [samples, samples];
  const first = samples.count - held;
  return [
    { ...samples, count: first },
    {
      ...samples,
      count: held,
      feeds: index => samples.feeds(first + index),
      label: index => samples.label(first + index),
    },
  ];
}
