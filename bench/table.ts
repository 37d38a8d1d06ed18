/** The figures of a run as a table for people. */
import type { CaseResult, Side } from './results.ts';

const HEAD = [
  'case',
  'time',
  'ours',
  'reference',
  'CPU',
  'peak',
  'ours',
  'reference',
  'size',
  'SQNR ours / ref.',
];

export function renderTable(results: readonly CaseResult[]): string {
  const rows = [HEAD, ...results.map(row)];
  const widths = HEAD.map((_, column) => Math.max(...rows.map(cells => (cells[column] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const rule = `|${widths.map(width => '-'.repeat(width + 2)).join('|')}|`;
  return [line(HEAD), rule, ...rows.slice(1).map(line)].join('\n');
}

function row({ id, ours, reference }: CaseResult): readonly string[] {
  return [
    id,
    reference ? `${ratio(reference.seconds / ours.seconds)}x faster` : '',
    seconds(ours),
    reference ? seconds(reference) : '',
    reference ? `${ratio(reference.cpuSeconds / ours.cpuSeconds)}x less` : '',
    reference ? `${ratio(ours.peakBytes / reference.peakBytes)}x` : '',
    megabytes(ours.peakBytes),
    reference ? megabytes(reference.peakBytes) : '',
    reference ? `${ratio(ours.artifactBytes / reference.artifactBytes)}x` : '',
    [ours, reference].map(side => (side?.sqnrDb === undefined ? '' : side.sqnrDb.toFixed(1))).join(' / '),
  ];
}

const ratio = (value: number): string => value.toFixed(2);
const seconds = (side: Side): string => `${side.seconds.toFixed(2)} s`;
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;
