/**
 * Stage "verifying": the artifact is loaded and run on samples with optimisations on and off and held against the
 * imported float model at the same level. Nothing that fails here is handed out.
 */

import { type Metric, metricLoss } from '../core/metrics/metric.ts';
import { BitpressError, isBitpressError } from '../errors.ts';
import { comparePair, type PairResult } from './compare-pair.ts';
import type { Ports, SampleSource } from './ports.ts';

/** Enough for a ratio that is steady to a tenth of a dB; the optimised run covers every evaluation sample. */
const UNOPTIMIZED_SAMPLES = 64;

export interface VerifyRequest {
  readonly reference: string;
  readonly artifact: string;
  readonly samples: SampleSource;
  readonly scoring: { readonly metric: Metric; readonly output: string } | undefined;
}

export interface Verification {
  readonly optimized: PairResult;
  readonly unoptimized: PairResult;
  /** Smallest SQNR of any float output at either level, in dB; undefined where no output is float. */
  readonly minSqnrDb: number | undefined;
  /** Loss of the metric; undefined without labels. */
  readonly loss: number | undefined;
}

export async function verify(request: VerifyRequest, ports: Ports): Promise<Verification> {
  const pair = { reference: request.reference, candidate: request.artifact };
  const { runtime, progress, signal } = ports;
  const optimized = await comparePair(
    runtime,
    pair,
    request.samples,
    {
      optimization: 'all',
      blame: blameArtifact,
      scoring: request.scoring,
      onSample: (done, total) =>
        progress({
          stage: 'verifying',
          fraction: (0.9 * done) / total,
          message: `sample ${done} of ${total}`,
        }),
    },
    signal,
  );
  const unoptimized = await comparePair(
    runtime,
    pair,
    request.samples,
    { optimization: 'off', limit: UNOPTIMIZED_SAMPLES, blame: blameArtifact },
    signal,
  );
  const figures = [...optimized.outputs, ...unoptimized.outputs].flatMap(
    ({ figures: { sqnrDb } }) => sqnrDb ?? [],
  );
  return {
    optimized,
    unoptimized,
    minSqnrDb: figures.length > 0 ? Math.min(...figures) : undefined,
    loss:
      request.scoring && optimized.scores
        ? metricLoss(request.scoring.metric, optimized.scores.reference, optimized.scores.candidate)
        : undefined,
  };
}

/** The float model has loaded and run beside it: what the artifact does not do is our doing. */
function blameArtifact(error: unknown): never {
  if (isBitpressError(error) && (error.code === 'model_load_failed' || error.code === 'model_run_failed'))
    throw new BitpressError('artifact_broken', `the quantized model does not run: ${error.message}`, {
      cause: error,
    });
  throw error;
}

/** @throws BitpressError artifact_not_finite where an output is not finite though the reference's is */
export function refuseNotFinite({ optimized, unoptimized }: Verification): void {
  const broken = [...optimized.outputs, ...unoptimized.outputs].find(({ figures }) => !figures.finite);
  if (broken)
    throw new BitpressError(
      'artifact_not_finite',
      `output "${broken.name}" holds NaN or infinity where the float model's is finite`,
      { node: broken.name },
    );
}
