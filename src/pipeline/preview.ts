/**
 * What a job would do, without doing it: the model is read, folded and typed, the data is bound, a plan is made with
 * stand-ins for ranges and lowered to count its bytes. Nothing is run, calibrated or written to hand out.
 *
 * Invariant: what a job would refuse of spec, model and data is refused here with the same problem.
 */
import type { PlannedNode, PlanPreview } from '../contracts/preview.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import { estimateMemory } from './estimate-memory.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import { type JobInput, openJob } from './open-job.ts';
import type { Ports } from './ports.ts';
import { predictArtifact } from './predict.ts';
import { prepareModel } from './prepare.ts';
import { previewOf } from './preview-of.ts';
import { refuseNothingQuantized } from './produce.ts';
import { recommend } from './recommend.ts';
import type { NodeOutcome } from './stage-results.ts';
import { modelFileBytes } from './write-model-file.ts';

export async function previewJob(request: JobInput, ports: Ports): Promise<PlanPreview> {
  const { spec, workDir } = request;
  const { files, host } = ports;
  const { method, options, imported, importedPath, samples } = await openJob(request, ports);
  try {
    const minOpset = method.opset?.(options) ?? 0;
    const prepared = await prepareModel({ importedPath, workDir, minOpset }, ports);
    const prediction = predictArtifact(prepared, method, options, files);
    refuseNothingQuantized(method, prediction.plan);
    const fileBytes = modelFileBytes(imported.model, files);
    const outcomes = nodeOutcomes(prepared.fresh(), prediction.plan);
    const { parameters, operators } = modelStatistics(imported.model);
    return {
      spec,
      target: spec.target,
      model: {
        format: imported.format,
        opset: imported.model.opset,
        parameters,
        fileBytes,
        operators: { ...operators },
      },
      method: previewOf(method, options, prediction, outcomes, fileBytes),
      nodes: outcomes.map(plannedNode),
      data: {
        ...(samples.calibration && { calibrationSamples: samples.calibration.count }),
        comparedSamples: samples.verification.count,
        ...(samples.scoring && { metric: samples.scoring.metric.id }),
      },
      memoryBytes: estimateMemory({
        modelBytes: fileBytes,
        artifactBytes: prediction.bytes,
        prepared,
        observed: prediction.observed,
        samples: samples.verification,
      }),
      warnings: [...samples.warnings, ...prepared.notes, ...(prediction.plan.notes ?? [])],
      recommendation: recommend(
        imported.model,
        host,
        samples.calibration !== undefined && !samples.synthetic,
      ),
    };
  } finally {
    samples.close();
  }
}

function plannedNode({ node, opType, outcome }: NodeOutcome): PlannedNode {
  if (typeof outcome === 'string') return { node, opType, outcome };
  return { node, opType, outcome: 'float', code: outcome.float.code, reason: outcome.float.text };
}
