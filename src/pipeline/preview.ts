/**
 * What a job would do, without doing it: the model is read, folded and typed, the data is bound, a plan is made with
 * stand-ins for ranges and lowered to count its bytes. Nothing is run, calibrated or written to hand out.
 *
 * Invariant: what a job would refuse of spec, model and data is refused here with the same problem.
 */
import type { JobSpec } from '../contracts/parse-spec.ts';
import type { MethodOutlook, PlannedNode, PlanPreview } from '../contracts/preview.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { BitpressError } from '../errors.ts';
import { activationBytes, bytesOfValues } from './activation-bytes.ts';
import { estimateMemory } from './estimate-memory.ts';
import { onThisCpu } from './on-this-cpu.ts';
import { type JobInput, type OpenedJob, openJob } from './open-job.ts';
import { sessionCount } from './open-threads.ts';
import type { Host, Ports } from './ports.ts';
import { prepareOnce } from './prepare-once.ts';
import { outlookOf, type Planned, type PreviewContext, planCandidate } from './preview-candidates.ts';
import { recommend } from './recommend.ts';
import { overWorkingFiles } from './runnable.ts';
import { askedSearch, methodOf } from './search/asked-search.ts';
import type { NodeOutcome } from './stage-results.ts';
import { modelFileBytes } from './write-model-file.ts';

export async function previewJob(request: JobInput, given: Ports): Promise<PlanPreview> {
  const ports = overWorkingFiles(given);
  const { spec, workDir } = request;
  const { files, host } = ports;
  const opened = await openJob(request, ports);
  const { imported, importedPath, samples } = opened;
  try {
    const fileBytes = modelFileBytes(imported.model, files);
    const prepare = prepareOnce({ importedPath, workDir }, imported.model.opset, ports);
    const { planned, candidates } = await planJob(opened, spec, { prepare, fileBytes, files }, host);
    const { prepared, prediction, outcomes, preview } = planned;
    const feeds = samples.verification.feeds(0);
    const activations = await activationBytes(
      prepared,
      feeds,
      files.join(workDir, 'activations.onnx'),
      ports,
    );
    const values = bytesOfValues(activations, prediction.observed);
    const count = samples.observed?.count ?? 0;
    const sessions =
      ports.sampleThreads && prediction.shareable
        ? Math.max(1, sessionCount({ weights: fileBytes, values, count }, ports.sampleThreads))
        : 1;
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
      method: preview,
      ...(candidates && { candidates: [...candidates] }),
      nodes: outcomes.map(plannedNode),
      data: {
        ...(samples.calibration && { calibrationSamples: samples.calibration.count }),
        comparedSamples: samples.verification.count,
        ...(samples.scoring && { metric: samples.scoring.metric.id }),
      },
      memoryBytes: estimateMemory({
        modelBytes: fileBytes,
        artifactBytes: prediction.bytes,
        graph: prepared.fresh().graph,
        activations,
        observed: samples.observed ? prediction.observed : [],
        calibrationSessions: sessions,
        roundingBytes: samples.calibration && !samples.synthetic ? prediction.roundingBytes : 0,
        feeds,
        withEngine: imported.forEngine !== undefined,
        benchmark: spec.benchmark,
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

interface JobPlan {
  readonly planned: Planned;
  /** Of a search. */
  readonly candidates?: readonly MethodOutlook[];
}

/** @throws BitpressError where the method, or every candidate of the search, has nothing to do */
async function planJob(
  opened: OpenedJob,
  spec: JobSpec,
  context: PreviewContext,
  host: Host,
): Promise<JobPlan> {
  const { asked, options } = opened;
  const method = METHODS.get(asked.id);
  if (method) return { planned: await planCandidate(method, options, context) };
  const { target, candidates: named } = askedSearch(opened, spec.target);
  // Only a search needs the library that this loads.
  const { methodOptions } = await import('../contracts/parse-spec.ts');
  const candidates: MethodOutlook[] = [];
  let first: Planned | undefined;
  for (const candidate of named) {
    const tried = methodOf(candidate);
    const optionsOf = () =>
      onThisCpu(tried, methodOptions(tried, target, candidate.options), target.id, host);
    const found = await outlookOf(tried, optionsOf, context);
    candidates.push(found.outlook);
    first ??= found.planned;
  }
  if (!first)
    throw new BitpressError(
      'nothing_quantized',
      `no candidate of "${asked.id}" fits the model and the target`,
    );
  return { planned: first, candidates };
}

function plannedNode({ node, opType, outcome }: NodeOutcome): PlannedNode {
  if (typeof outcome === 'string') return { node, opType, outcome };
  return { node, opType, outcome: 'float', code: outcome.float.code, reason: outcome.float.text };
}
