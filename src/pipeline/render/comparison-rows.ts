/**
 * The comparison table: one row per figure, one column per model, and what became of it. Every rendering shows these
 * rows; a row of which nothing was measured is left out.
 */
import type { ModelFigures, Report } from '../../contracts/report.ts';
import {
  formatBytes,
  formatChange,
  formatCount,
  formatDb,
  formatMs,
  formatPercent,
  formatRatio,
  formatScore,
} from './format.ts';

export interface ComparisonRow {
  readonly label: string;
  /** In the order of `comparisonColumns`; undefined where not measured. */
  readonly cells: readonly (string | undefined)[];
  readonly change: string;
  /** Whether the change is for the better; undefined where it is neither. */
  readonly better: boolean | undefined;
}

export function comparisonColumns({ models }: Report): readonly ModelFigures[] {
  return [...(models.source ? [models.source] : []), models.reference, models.artifact];
}

export function comparisonRows(report: Report): readonly ComparisonRow[] {
  const columns = comparisonColumns(report);
  const { reference, artifact } = report.models;
  const { accuracy } = report;

  type Pick = (model: ModelFigures) => number | undefined;
  type Change = (before: number, after: number) => { change: string; better: boolean | undefined };
  const row = (
    label: string,
    pick: Pick,
    format: (value: number) => string,
    change: Change,
  ): ComparisonRow[] => {
    const values = columns.map(pick);
    if (values.every(value => value === undefined)) return [];
    const [before, after] = [pick(reference), pick(artifact)];
    const both = before !== undefined && after !== undefined;
    return [
      {
        label,
        cells: values.map(value => (value === undefined ? undefined : format(value))),
        ...(both ? change(before, after) : { change: '', better: undefined }),
      },
    ];
  };

  return [
    ...row('File', model => model.fileBytes, formatBytes, smaller),
    ...row('File, gzip', model => model.compressedBytes, formatBytes, smaller),
    ...row('Weights', model => model.weightBytes, formatBytes, smaller),
    ...row('Parameters', model => model.parameters, formatCount, neutral),
    ...row('Nodes', model => model.nodes, formatCount, neutral),
    ...(accuracy
      ? row(
          accuracy.title,
          model => model.score,
          score => formatScore(score, accuracy),
          () => ({
            change: formatChange(accuracy.drop, accuracy),
            better: Math.abs(accuracy.drop) < NOTABLE ? undefined : accuracy.drop < 0,
          }),
        )
      : []),
    ...row('Latency p50', model => model.latency?.p50Ms, formatMs, faster),
    // A ratio of tails says what else the machine did: one slow run in a hundred makes "45x speed" of the same model.
    ...row('Latency p90', model => model.latency?.p90Ms, formatMs, neutral),
    ...row('Latency p99', model => model.latency?.p99Ms, formatMs, neutral),
    ...row('Memory, loaded', model => model.memory?.loadBytes, formatBytes, smaller),
    ...row('Memory, peak', model => model.memory?.peakBytes, formatBytes, smaller),
    ...fidelityRows(report, columns.length),
  ];
}

/** How close the outputs are: these have a figure for the artifact only. */
function fidelityRows({ comparison, outputs }: Report, columns: number): ComparisonRow[] {
  const row = (label: string, value: string): ComparisonRow => ({
    label,
    cells: [...new Array<undefined>(columns - 1).fill(undefined), value],
    change: '',
    better: undefined,
  });
  const agreements = outputs.flatMap(({ agreement }) => (agreement === undefined ? [] : [agreement]));
  const { minSqnrDb } = comparison;
  return [
    ...(minSqnrDb === undefined ? [] : [row('SQNR, worst output', formatDb(minSqnrDb))]),
    ...(agreements.length === 0 ? [] : [row('Same answer as fp32', formatPercent(Math.min(...agreements)))]),
  ];
}

/** Half a point or half a percent: less is a matter of a few samples. */
const NOTABLE = 0.005;
/** Changes within this are noise or rounding. */
const EQUAL = 0.005;

function smaller(before: number, after: number): { change: string; better: boolean | undefined } {
  if (before === 0 || after === 0) return { change: '', better: undefined };
  const ratio = after / before;
  return { change: formatRatio(ratio), better: Math.abs(ratio - 1) < EQUAL ? undefined : ratio < 1 };
}

function faster(before: number, after: number): { change: string; better: boolean | undefined } {
  if (before === 0 || after === 0) return { change: '', better: undefined };
  const ratio = before / after;
  const change = `${formatRatio(ratio)} speed`;
  return { change, better: Math.abs(ratio - 1) < EQUAL ? undefined : ratio > 1 };
}

function neutral(): { change: string; better: undefined } {
  return { change: '', better: undefined };
}
