/** Stage "reporting": collects what the stages found, in the form the report is built from. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import { DEFAULT_CALIBRATOR } from '../core/calibration/index.ts';
import type { Observers } from '../core/calibration/observers.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import type { Method } from '../core/quantization/method.ts';
import { ENGINE_VERSION } from '../version.ts';
import type { ImportedModel } from './import.ts';
import type { Measurements } from './measure.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import type { MemoryFigures, Ports } from './ports.ts';
import type { PreparedModel } from './prepared-model.ts';
import type { Repaired } from './repair.ts';
import type { Rounded } from './round-weights.ts';
import type { JobSamples } from './samples.ts';
import type { SearchOutcome } from './search/run-search.ts';
import { searchEvidence } from './search/search-evidence.ts';
import type { SourceCheck } from './source-check.ts';
import type { StageClock } from './stage-clock.ts';
import type {
  CalibrationEvidence,
  Gates,
  ModelEvidence,
  Provenance,
  StageResults,
  ValueEvidence,
} from './stage-results.ts';
import { modelFileBytes, modelPaths, readModelFile } from './write-model-file.ts';

export interface Gathered {
  readonly imported: ImportedModel;
  readonly method: Method;
  readonly options: Readonly<Record<string, unknown>>;
  /** Undefined where the spec names one method. */
  readonly search: SearchOutcome | undefined;
  readonly spec: JobSpec;
  readonly gates: Gates;
  readonly prepared: PreparedModel;
  readonly observers: Observers;
  readonly rounded: Rounded;
  readonly samples: JobSamples;
  readonly repaired: Repaired;
  readonly source: SourceCheck | undefined;
  readonly values: readonly ValueEvidence[];
  readonly measured: Measurements;
  /** Ids of other methods that find something to quantize; undefined where nobody looked. */
  readonly others: readonly string[] | undefined;
  /** Hashes of what was sent. */
  readonly inputs: Pick<Provenance, 'model' | 'calibration' | 'evaluation'>;
  readonly referencePath: string;
  /** Where the artifact stands in the output directory. */
  readonly artifactPath: string;
  readonly clock: StageClock;
}

export async function gatherResults(found: Gathered, ports: Ports): Promise<StageResults> {
  const { imported, method, options, spec, samples, repaired, measured } = found;
  const { plan, verification } = repaired.attempt;
  const { optimized, unoptimized } = verification;
  const { cpuModel, cores, int8Instructions, platform } = ports.host;
  const artifact = await ports.files.measure(modelPaths(found.artifactPath, ports.files));
  const evidence = (path: string, score: number | undefined, memory: MemoryFigures | undefined) =>
    modelEvidence(path, score, memory, ports);
  return {
    model: {
      name: imported.name,
      format: imported.format,
      opset: imported.model.opset,
      ...(imported.model.producerName !== '' && { producer: imported.model.producerName }),
    },
    method: { id: method.id, title: method.title, options, target: spec.target },
    gates: found.gates,
    ...(found.search && { search: searchEvidence(found.search, spec.method.type) }),
    ...(found.source?.evidence && {
      source: { ...found.source.evidence, ...(measured.memory.source && { memory: measured.memory.source }) },
    }),
    reference: await evidence(found.referencePath, optimized.scores?.reference, measured.memory.reference),
    artifact: await evidence(found.artifactPath, optimized.scores?.candidate, measured.memory.artifact),
    nodes: nodeOutcomes(found.prepared.fresh(), plan),
    values: found.values,
    outputs: optimized.outputs.map(({ name, figures }, index) => {
      const off = unoptimized.outputs[index]?.figures;
      return { name, optimized: figures, ...(off && { unoptimized: off }) };
    }),
    comparedSamples: optimized.samples,
    ...(samples.scoring && { accuracy: { ...samples.scoring, samples: optimized.samples } }),
    ...calibrationEvidence(found, options),
    ...(plan.guarded && { saturation: plan.guarded }),
    repair: { enabled: spec.repair, rounds: repaired.rounds },
    ...(measured.benchmark && { benchmark: measured.benchmark }),
    ...(found.others && { otherMethods: found.others }),
    warnings: [
      ...(found.source?.warnings ?? []),
      ...samples.warnings,
      ...found.prepared.notes,
      ...found.rounded.notes,
      ...(plan.notes ?? []),
    ],
    stageMs: found.clock.finish(),
    host: { cpuModel, cores, int8Instructions, platform },
    provenance: {
      ...found.inputs,
      spec: createHash('sha256').update(canonicalJson(spec)).digest('hex'),
      artifact: artifact.sha256,
      engine: ENGINE_VERSION,
      onnxruntime: ports.runtime.version,
    },
  };
}

async function modelEvidence(
  path: string,
  score: number | undefined,
  memory: MemoryFigures | undefined,
  { files, runtime }: Ports,
): Promise<ModelEvidence> {
  const size = await files.measure(modelPaths(path, files));
  const model = readModelFile(path, files);
  return {
    engine: `onnxruntime ${runtime.version}`,
    fileBytes: modelFileBytes(model, files),
    ...(size.compressedBytes !== undefined && { compressedBytes: size.compressedBytes }),
    statistics: modelStatistics(model),
    ...(score !== undefined && { score }),
    ...(memory && { memory }),
  };
}

/** Nothing where the method read no data, though some may have been sent. */
function calibrationEvidence(
  { samples, observers, rounded }: Gathered,
  options: Readonly<Record<string, unknown>>,
): { readonly calibration?: CalibrationEvidence } {
  const values = observers.size + rounded.inputs;
  if (!samples.calibration || values === 0) return {};
  return {
    calibration: {
      samples: samples.calibration.count,
      calibrator: observers.size > 0 ? calibratorName(options) : 'gptq',
      synthetic: samples.synthetic,
      values,
    },
  };
}

function calibratorName(options: Readonly<Record<string, unknown>>): string {
  const calibrator = options.calibrator as { type?: string } | undefined;
  return calibrator?.type ?? DEFAULT_CALIBRATOR;
}
