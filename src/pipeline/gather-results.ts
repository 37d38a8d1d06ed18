/** Stage "reporting": collects what the stages found, in the form the report is built from. */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import { DEFAULT_CALIBRATOR } from '../core/calibration/index.ts';
import type { Observers } from '../core/calibration/observers.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import type { Method } from '../core/quantization/method.ts';
import { ENGINE_VERSION } from '../version.ts';
import type { PairResult } from './compare-pair.ts';
import type { ImportedModel } from './import.ts';
import type { Measurements } from './measure.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import { saturationNotes } from './on-this-cpu.ts';
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

const EXTREMES = 'min-max';

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
  const { scores } = optimized;
  const { memory } = measured;
  const reference = await measureModel(found.referencePath, scores?.reference, memory.reference, ports);
  const artifact = await measureModel(found.artifactPath, scores?.candidate, memory.artifact, ports);
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
      source: { ...found.source.evidence, ...(memory.source && { memory: memory.source }) },
    }),
    reference: reference.evidence,
    artifact: artifact.evidence,
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
      ...shapeNotes(optimized),
      ...countNotes(optimized),
      ...pieceNotes(optimized),
      ...(measured.notes ?? []),
      ...(plan.notes ?? []),
      ...saturationNotes(method, options, spec.target, ports.host),
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

/** Behind a Loop, say, nothing but a run tells: the artifact keeps what the file declares. */
function shapeNotes({ outputs }: PairResult): readonly string[] {
  return outputs.flatMap(({ name, undeclared }) =>
    undeclared
      ? [
          `The output "${name}" has the shape [${undeclared.join(', ')}] in a run, which is not what the file declares; the artifact declares the same.`,
        ]
      : [],
  );
}

/** An operator that chooses, such as NonMaxSuppression or NonZero, takes more or fewer when values change by a little. */
function countNotes({ outputs, samples }: PairResult): readonly string[] {
  return outputs.flatMap(({ name, figures: { otherShapes } }) =>
    otherShapes
      ? [
          `How many elements the output "${name}" has depends on values: in ${otherShapes.samples} of ${samples} samples it has another shape than fp32's, ` +
            `such as [${otherShapes.got.join(', ')}] for [${otherShapes.reference.join(', ')}], and there all of it counts as error. ` +
            'A model that ends in front of the operator that chooses has figures that mean more.',
        ]
      : [],
  );
}

function pieceNotes({ pieces }: PairResult): readonly string[] {
  if (!pieces) return [];
  return [
    'The models were too large to be loaded as a whole and were compared piece by piece ' +
      `(float model ${pieces.reference}, artifact ${pieces.candidate}): what the runtime would fuse across a cut was not fused.`,
  ];
}

/** Its figures, and the hash of its files. */
async function measureModel(
  path: string,
  score: number | undefined,
  memory: MemoryFigures | undefined,
  { files, runtime }: Ports,
): Promise<{ readonly evidence: ModelEvidence; readonly sha256: string }> {
  const model = readModelFile(path, files);
  const { compressedBytes, sha256 } = await files.measure(modelPaths(path, model));
  const evidence = {
    engine: `onnxruntime ${runtime.version}`,
    fileBytes: modelFileBytes(model, files),
    ...(compressedBytes !== undefined && { compressedBytes }),
    statistics: modelStatistics(model),
    ...(score !== undefined && { score }),
    ...(memory && { memory }),
  };
  return { evidence, sha256 };
}

/** Nothing where the method read no data, though some may have been sent. */
function calibrationEvidence(
  { method, samples, observers, rounded }: Gathered,
  options: Readonly<Record<string, unknown>>,
): { readonly calibration?: CalibrationEvidence } {
  const values = observers.size + rounded.inputs;
  if (!samples.observed || values === 0) return {};
  return {
    calibration: {
      samples: samples.observed.count,
      calibrator: observers.size > 0 ? calibratorName(method, options) : 'gptq',
      synthetic: samples.synthetic,
      values,
    },
  };
}

/** A method without a choice of calibrators asks how far values go. */
function calibratorName({ options: known }: Method, options: Readonly<Record<string, unknown>>): string {
  if (!('calibrator' in known.properties)) return EXTREMES;
  const calibrator = options.calibrator as { type?: string } | undefined;
  return calibrator?.type ?? DEFAULT_CALIBRATOR;
}
