/**
 * The uploaded model on its own engine, held against the converted one: on random samples and on real ones.
 *
 * Invariant: the two share the reading of the file and nothing of the conversion. A converted model that computes
 * something else is withheld; where the engine lacks a layer, or is too slow, the report says what was not checked.
 */

import { syntheticSamples } from '../core/data/synthetic.ts';
import type { EngineModel } from '../core/importers/importer.ts';
import { BitpressError, isBitpressError } from '../errors.ts';
import { comparePair, type PairResult } from './compare-pair.ts';
import type { ImportedModel } from './import.ts';
import type { Ports, Runtime, SessionValue } from './ports.ts';
import type { JobSamples } from './samples.ts';
import type { ModelEvidence } from './stage-results.ts';

/** Two float engines agree to 100 dB and more; below this it is not rounding. */
const MIN_AGREEMENT_DB = 50;
const RANDOM_SAMPLES = 4;
/** Time for the evaluation samples; a score needs them all. */
const MAX_MILLISECONDS = 30_000;
const FLOAT_BYTES = 4;

export interface SourceRequest {
  readonly imported: ImportedModel;
  readonly importedPath: string;
  readonly inputs: readonly SessionValue[];
  readonly samples: JobSamples;
  readonly workDir: string;
}

export interface SourceCheck {
  /** The layers model, where the engine runs it. */
  readonly path?: string;
  readonly evidence?: ModelEvidence;
  readonly warnings: readonly string[];
}

/** @throws BitpressError conversion_differs */
export async function checkSource(request: SourceRequest, ports: Ports): Promise<SourceCheck | undefined> {
  const { imported, workDir } = request;
  const { files, sourceRuntime } = ports;
  if (!imported.forEngine) return undefined;
  if (!sourceRuntime) return skipped('TensorFlow.js is not there.');
  try {
    const model = await imported.forEngine();
    const path = files.join(workDir, 'source.json');
    files.write(path, [new TextEncoder().encode(model.json)]);
    files.write(files.join(workDir, model.weightsName), model.weights);
    const score = await compare(request, path, sourceRuntime, ports);
    return { path, evidence: evidenceOf(imported, model, sourceRuntime, score), warnings: [] };
  } catch (error) {
    if (!isBitpressError(error) || error.code === 'conversion_differs' || error.code === 'cancelled')
      throw error;
    return skipped(error.message);
  }
}

function skipped(reason: string): SourceCheck {
  return { warnings: [`The conversion was not checked on an engine of its own: ${reason}`] };
}

/** The score of the source, where every evaluation sample could be run. */
async function compare(
  { importedPath, inputs, samples }: SourceRequest,
  path: string,
  sourceRuntime: Runtime,
  { runtime, host, progress, signal }: Ports,
): Promise<number | undefined> {
  // The converted model on onnxruntime, the uploaded one on its own engine.
  const both: Runtime = {
    version: runtime.version,
    open: (model, options) => (model === path ? sourceRuntime : runtime).open(model, options),
  };
  const pair = { reference: importedPath, candidate: path };
  const options = { optimization: 'all' } as const;
  const random = syntheticSamples(inputs, RANDOM_SAMPLES);
  // Loading is not counted: the first sample ends it.
  const ends: number[] = [];
  const timed = { ...options, onSample: () => void ends.push(host.now()) };
  refuseDifferent(await comparePair(both, pair, random, timed, signal));
  const each = ((ends.at(-1) ?? 0) - (ends[0] ?? 0)) / (RANDOM_SAMPLES - 1);
  const limit = Math.max(1, Math.min(samples.verification.count, Math.floor(MAX_MILLISECONDS / each)));
  const scoring = limit === samples.verification.count ? samples.scoring : undefined;
  const onSample = (done: number, total: number): void =>
    progress({ stage: 'verifying', fraction: 0.9, message: `own engine, sample ${done} of ${total}` });
  const real = await comparePair(
    both,
    pair,
    samples.verification,
    { ...options, limit, scoring, onSample },
    signal,
  );
  refuseDifferent(real);
  return real.scores?.candidate;
}

function refuseDifferent({ outputs }: PairResult): void {
  const worst = outputs.find(({ figures }) => !figures.finite || (figures.sqnrDb ?? 300) < MIN_AGREEMENT_DB);
  if (!worst) return;
  const { sqnrDb, maxAbsError } = worst.figures;
  throw new BitpressError(
    'conversion_differs',
    `output "${worst.name}" differs from what TensorFlow.js computes for the uploaded model: ${sqnrDb?.toFixed(1)} dB, at most ${maxAbsError}`,
    { node: worst.name },
  );
}

function evidenceOf(
  { bytes }: ImportedModel,
  { layers, parameters }: EngineModel,
  { version }: Runtime,
  score: number | undefined,
): ModelEvidence {
  const nodes = Object.values(layers).reduce((sum, count) => sum + count, 0);
  return {
    engine: `TensorFlow.js ${version}`,
    fileBytes: bytes,
    statistics: { nodes, parameters, weightBytes: parameters * FLOAT_BYTES, operators: layers },
    ...(score !== undefined && { score }),
  };
}
