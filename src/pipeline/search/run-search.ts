/**
 * A search: each candidate goes through the stages of a job of its own, up to a verified artifact, is measured against
 * the float model, and the best one is kept.
 *
 * Invariant: bounded by trials and by time; at most two artifacts lie on disk at once; a candidate that fails costs its
 * trial and nothing else, unless it is the job that is wrong (data, time, memory, disk).
 */
import type { Candidate, Preference, SearchSettings } from '../../core/quantization/search.ts';
import type { Target } from '../../core/quantization/targets/target.ts';
import { BitpressError, type ErrorCode, isBitpressError } from '../../errors.ts';
import { type MadeArtifact, type MakeRequest, makeArtifact } from '../make-artifact.ts';
import { onThisCpu } from '../on-this-cpu.ts';
import type { Ports } from '../ports.ts';
import { refuseUseless } from '../refuse-useless.ts';
import { methodOf } from './asked-search.ts';
import { isPreferred } from './compare-trials.ts';
import { measureTrial } from './measure-trial.ts';
import type { Trial, TriedArtifact } from './trial.ts';

/** What a candidate may fail with; anything else ends the job. */
const OF_THE_CANDIDATE: readonly ErrorCode[] = [
  'invalid_spec',
  'nothing_quantized',
  'artifact_broken',
  'artifact_not_finite',
  'opset_unsupported',
  'model_unsupported',
];

/** Options that a search makes up are checked as a user's are; other jobs do without the library that this takes. */
const parsing = () => import('../../contracts/parse-spec.ts');

export interface SearchRequest extends Omit<MakeRequest, 'method' | 'options'> {
  readonly candidates: readonly Candidate[];
  readonly settings: SearchSettings;
  readonly target: Target;
  readonly benchmark: boolean;
}

export interface SearchOutcome {
  readonly winner: MadeArtifact;
  readonly prefer: Preference;
  /** In the order in which they were tried. */
  readonly trials: readonly Trial[];
  readonly chosen: Trial;
  /** Candidates that were not tried, because of `maxTrials` or of time. */
  readonly untried: readonly Candidate[];
}

export async function runSearch(request: SearchRequest, ports: Ports): Promise<SearchOutcome> {
  const { candidates, settings } = request;
  const prefer = settings.prefer === 'latency' && !request.benchmark ? 'size' : settings.prefer;
  const trials: Trial[] = [];
  const untried: Candidate[] = [];
  const start = ports.host.now();
  let best: TriedArtifact | undefined;
  let longest = 0;
  for (const [index, candidate] of candidates.entries()) {
    const begun = ports.host.now();
    const wouldEnd = (begun - start + longest) / 1000;
    if (trials.length >= settings.maxTrials || (trials.length > 0 && wouldEnd > settings.maxSeconds)) {
      untried.push(candidate);
      continue;
    }
    const told = tellTrial(ports, `trial ${index + 1} of ${candidates.length}, ${candidate.method}`);
    const tried = await tryCandidate(candidate, index, request, told);
    if (!('made' in tried)) trials.push(tried);
    else {
      trials.push(tried.trial);
      const wins = !best || isPreferred(tried.trial.figures, best.trial.figures, prefer);
      const loser = wins ? best : tried;
      if (loser) ports.files.removeFolder(loser.workDir);
      if (wins) best = tried;
    }
    longest = Math.max(longest, ports.host.now() - begun);
  }
  if (!best) throw nothingWorked(trials);
  return { winner: best.made, prefer, trials, chosen: best.trial, untried };
}

async function tryCandidate(
  candidate: Candidate,
  index: number,
  request: SearchRequest,
  ports: Ports,
): Promise<Trial | TriedArtifact> {
  const method = methodOf(candidate);
  try {
    const { methodOptions } = await parsing();
    const asked = methodOptions(method, request.target, candidate.options);
    const options = onThisCpu(method, asked, request.target.id, ports.host);
    await refuseUseless(method, options, request.prepare);
    const workDir = ports.files.makeFolder(request.workDir, `trial-${index + 1}`);
    const made = await makeArtifact({ ...request, method, options, workDir }, ports);
    const figures = await measureTrial(made, request, ports);
    return { trial: { ...candidate, figures }, made, workDir };
  } catch (error) {
    if (!isBitpressError(error) || !OF_THE_CANDIDATE.includes(error.code)) throw error;
    return { ...candidate, problem: error.message };
  }
}

function tellTrial(ports: Ports, name: string): Ports {
  return {
    ...ports,
    progress: progress =>
      ports.progress({ ...progress, message: [name, progress.message].filter(Boolean).join(': ') }),
  };
}

function nothingWorked(trials: readonly Trial[]): BitpressError {
  const reasons = trials.map(({ method, problem }) => `${method}: ${problem}`).join('; ');
  return new BitpressError('nothing_quantized', `no candidate of the search gives an artifact: ${reasons}`);
}
