/** The search that a spec names in place of a method, with what it is asked to try: the same for a job and its preview. */
import type { Method } from '../../core/quantization/method.ts';
import { METHODS } from '../../core/quantization/methods/index.ts';
import type { Candidate, Search } from '../../core/quantization/search.ts';
import { SEARCHES } from '../../core/quantization/searches/index.ts';
import { TARGETS } from '../../core/quantization/targets/index.ts';
import type { Target } from '../../core/quantization/targets/target.ts';
import type { OpenedJob } from '../open-job.ts';

export interface AskedSearch {
  readonly search: Search;
  readonly target: Target;
  readonly candidates: readonly Candidate[];
}

export function askedSearch({ asked, options, samples }: OpenedJob, targetId: string): AskedSearch {
  const search = SEARCHES.get(asked.id);
  const target = TARGETS.get(targetId);
  if (!search || !target) throw new Error(`no search ${asked.id} or no target ${targetId}`);
  return { search, target, candidates: search.candidates(options, samples.calibration !== undefined) };
}

export function methodOf({ method: id }: Candidate): Method {
  const method = METHODS.get(id);
  if (!method) throw new Error(`a search names no method ${id}`);
  return method;
}
