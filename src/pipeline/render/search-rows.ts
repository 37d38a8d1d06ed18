/** The trials of a search as rows of text, for every page that shows them. */
import type { Report, SearchReport } from '../../contracts/report.ts';
import { formatBytes, formatChange, formatDb, formatRatio, orDash } from './format.ts';

export const SEARCH_COLUMNS = [
  '',
  'candidate',
  'size',
  'of fp32',
  'speed-up',
  'SQNR',
  'metric',
  'front',
] as const;

const OUTCOMES: Readonly<Record<SearchReport['trials'][number]['outcome'], string>> = {
  chosen: 'chosen',
  held: 'holds',
  missed: 'misses a gate',
  failed: 'failed',
};

export function searchRows({ search, accuracy }: Report): readonly (readonly string[])[] {
  return (search?.trials ?? []).map(trial => {
    const { bytes, sizeRatio, speedup, minSqnrDb, drop, missed, problem } = trial;
    return [
      missed && missed.length > 0 ? `misses ${missed.join(', ')}` : OUTCOMES[trial.outcome],
      candidateName(trial),
      orDash(bytes, formatBytes),
      orDash(sizeRatio, formatRatio),
      orDash(speedup, formatRatio),
      orDash(minSqnrDb, formatDb),
      problem ?? orDash(drop, value => formatChange(value, { isAccuracy: accuracy?.isAccuracy ?? false })),
      trial.onFront ? 'yes' : '',
    ];
  });
}

/** `static-int8, activation uint16` */
export function candidateName({
  method,
  options,
}: {
  readonly method: string;
  readonly options: Readonly<Record<string, unknown>>;
}): string {
  const own = Object.entries(options).map(([name, value]) => {
    const type = (value as { type?: unknown } | null)?.type;
    return `${name} ${typeof type === 'string' ? type : JSON.stringify(value).replaceAll('"', '')}`;
  });
  return [method, ...own].join(', ');
}

/** One sentence on how it was chosen; undefined without a search. */
export function searchSummary({ search }: Report): string | undefined {
  if (!search) return undefined;
  const front = search.trials.filter(({ onFront }) => onFront).length;
  const left = search.untried.map(candidateName);
  return (
    `${search.trials.length} candidates tried, ${search.prefer} preferred; ${front} of them on the Pareto front of error, size and latency.` +
    (left.length > 0 ? ` Not tried: ${left.join('; ')}.` : '')
  );
}
