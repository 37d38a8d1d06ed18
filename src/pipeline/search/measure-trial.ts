/** Figures of one candidate: error from its verification, bytes of its file, latency against the float model in turn. */
import { BENCHMARK_DEFAULTS } from '../benchmark.ts';
import { evaluateGates } from '../gates.ts';
import type { MadeArtifact } from '../make-artifact.ts';
import { latency } from '../measure.ts';
import type { Ports } from '../ports.ts';
import type { JobSamples } from '../samples.ts';
import { CONTESTANTS, type Gates } from '../stage-results.ts';
import { modelFileBytes, readModelFile } from '../write-model-file.ts';
import type { TrialFigures } from './trial.ts';

/** Shorter than the final one, which measures the winner. */
const TRIAL_BENCHMARK = { ...BENCHMARK_DEFAULTS, maxMilliseconds: 3_000 };

export interface TrialContext {
  readonly importedPath: string;
  readonly samples: JobSamples;
  readonly gates: Gates;
  readonly benchmark: boolean;
}

export async function measureTrial(
  { repaired }: MadeArtifact,
  { importedPath, samples, gates, benchmark }: TrialContext,
  ports: Ports,
): Promise<TrialFigures> {
  const { path, verification } = repaired.attempt;
  const { minSqnrDb, loss } = verification;
  const { files } = ports;
  // As the report counts them, so that the winner's row and the report's first line agree.
  const size = (of: string): number => modelFileBytes(readModelFile(of, files), files);
  const bytes = size(path);
  const sizeRatio = bytes / size(importedPath);
  const pair = { reference: importedPath, artifact: path };
  const measured = benchmark
    ? (await latency(pair, samples.verification, ports, TRIAL_BENCHMARK)).result.latencies.find(
        ({ id }) => id === CONTESTANTS.artifact,
      )
    : undefined;
  const outcomes = evaluateGates(gates, {
    sizeRatio,
    ...(minSqnrDb !== undefined && { minSqnrDb }),
    ...(loss !== undefined && { accuracyDrop: loss }),
    ...(samples.scoring && { isAccuracy: samples.scoring.metric.accuracy }),
    ...(measured && { speedup: measured.speedup }),
  });
  return {
    bytes,
    sizeRatio,
    ...(measured && { speedup: measured.speedup, p50Ms: measured.p50 }),
    ...(minSqnrDb !== undefined && { minSqnrDb }),
    ...(loss !== undefined && { drop: loss }),
    released: repaired.rounds
      .filter(({ kept }) => kept)
      .reduce((sum, { released }) => sum + released.length, 0),
    missed: outcomes.filter(({ passed }) => !passed).map(({ name }) => name),
  };
}
