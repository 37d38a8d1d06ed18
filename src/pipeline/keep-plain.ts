/**
 * An option that is a gain layer by layer may still be none at the outputs. So the artifact is made without it as well,
 * both are held against the float model on calibration samples, and where it brings nothing the option is dropped.
 *
 * Invariant: what verifies the artifact has no part in the choice.
 */
import type { QuantPlan } from '../core/quantization/plan.ts';
import { comparePair, lowestSqnrDb } from './compare-pair.ts';
import type { Ports, SampleSource } from './ports.ts';
import { type QuantizeRequest, quantizeTo } from './quantize.ts';
import type { Attempt } from './repair.ts';
import type { JobSamples } from './samples.ts';

const SAMPLES = 32;

export interface PlainRequest extends QuantizeRequest {
  readonly reference: string;
  readonly samples: JobSamples;
  readonly workDir: string;
}

export interface KeptPlain {
  readonly options: Readonly<Record<string, unknown>>;
  /** The artifact that was made without the option. */
  readonly path: string;
  /** With a note that says why. */
  readonly plan: QuantPlan;
}

/** @returns undefined where the method has no such option, or it pays */
export async function keepPlain(
  made: Attempt,
  request: PlainRequest,
  ports: Ports,
): Promise<KeptPlain | undefined> {
  const { method, options, workDir, reference } = request;
  const samples = request.samples.calibration;
  const tentative = method.tentative?.(options);
  if (!tentative || !samples) return undefined;
  const path = ports.files.join(workDir, 'plain.onnx');
  const plan = quantizeTo(path, { ...request, options: tentative.without }, ports.files);
  const count = Math.min(samples.count, SAMPLES);
  const compared = { ...samples, count };
  const [withIt, without] = [
    await lowestSqnr({ reference, candidate: made.path }, compared, ports),
    await lowestSqnr({ reference, candidate: path }, compared, ports),
  ];
  if (withIt > without) return undefined;
  const note = `${tentative.title}: not used, as it brings the outputs no closer to float: ${withIt.toFixed(1)} dB with it and ${without.toFixed(1)} dB without on ${count} calibration samples.`;
  return { options: tentative.without, path, plan: { ...plan, notes: [...(plan.notes ?? []), note] } };
}

async function lowestSqnr(
  pair: { readonly reference: string; readonly candidate: string },
  samples: SampleSource,
  { runtime, signal }: Ports,
): Promise<number> {
  const { outputs } = await comparePair(runtime, pair, samples, { optimization: 'all' }, signal);
  return lowestSqnrDb(outputs);
}
