/** A search as the report tells it. */
import type { SearchReport } from '../../contracts/report.ts';
import { isOnFront } from './compare-trials.ts';
import type { SearchOutcome } from './run-search.ts';
import type { Trial } from './trial.ts';

/** @param id of the search, as the spec names it */
export function searchEvidence({ prefer, trials, chosen, untried }: SearchOutcome, id: string): SearchReport {
  const figuresOf = trials.flatMap(({ figures }) => figures ?? []);
  return {
    id,
    prefer,
    trials: trials.map(trial => ({
      method: trial.method,
      options: { ...trial.options },
      outcome: outcomeOf(trial, chosen),
      onFront: trial.figures !== undefined && isOnFront(trial.figures, figuresOf),
      ...(trial.figures && { ...trial.figures, missed: [...trial.figures.missed] }),
      ...(trial.problem !== undefined && { problem: trial.problem }),
    })),
    untried: untried.map(({ method, options }) => ({ method, options: { ...options } })),
  };
}

function outcomeOf(trial: Trial, chosen: Trial): SearchReport['trials'][number]['outcome'] {
  if (trial === chosen) return 'chosen';
  if (!trial.figures) return 'failed';
  return trial.figures.missed.length === 0 ? 'held' : 'missed';
}
