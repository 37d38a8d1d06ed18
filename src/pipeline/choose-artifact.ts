/** The artifact of a job: that of its method, or the best one of a search over methods. */
import { METHODS } from '../core/quantization/methods/index.ts';
import { type MadeArtifact, type MakeRequest, makeArtifact } from './make-artifact.ts';
import type { JobInput, OpenedJob } from './open-job.ts';
import type { Ports } from './ports.ts';
import { prepareOnce } from './prepare-once.ts';
import { askedSearch } from './search/asked-search.ts';
import { runSearch, type SearchOutcome } from './search/run-search.ts';
import type { StageClock } from './stage-clock.ts';
import type { Gates } from './stage-results.ts';

/** Of the job's time limit: the rest is for measuring the winner and writing the report. */
const SEARCH_SHARE = 0.7;

export interface ChooseRequest {
  readonly opened: OpenedJob;
  readonly request: JobInput;
  readonly gates: Gates;
  readonly clock: StageClock;
}

export interface Chosen {
  readonly made: MadeArtifact;
  /** Undefined where the spec names one method. */
  readonly search: SearchOutcome | undefined;
  /** The prepared model of an opset at least this high. */
  readonly prepare: MakeRequest['prepare'];
}

export async function chooseArtifact(
  { opened, request, gates, clock }: ChooseRequest,
  ports: Ports,
): Promise<Chosen> {
  const { asked, options, imported, importedPath, samples } = opened;
  const { spec, workDir } = request;
  const prepare = prepareOnce(
    { importedPath, workDir, proofSamples: samples.verification },
    imported.model.opset,
    ports,
  );
  const job: Omit<MakeRequest, 'method' | 'options'> = {
    ...{ prepare, importedPath, samples, gates, workDir, clock },
    repair: spec.repair,
  };
  const method = METHODS.get(asked.id);
  if (method) {
    const made = await makeArtifact({ ...job, method, options }, ports);
    return { made, search: undefined, prepare };
  }
  const { search, target, candidates } = askedSearch(opened, spec.target);
  const settings = search.settings(options);
  const limit = request.timeoutSeconds ?? spec.limits?.timeoutSeconds ?? Number.POSITIVE_INFINITY;
  const outcome = await runSearch(
    {
      ...job,
      candidates,
      settings: { ...settings, maxSeconds: Math.min(settings.maxSeconds, SEARCH_SHARE * limit) },
      target,
      benchmark: spec.benchmark,
    },
    ports,
  );
  return { made: outcome.winner, search: outcome, prepare };
}
