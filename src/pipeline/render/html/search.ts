/** The candidates of a search: a table, and bars of what they differ in. */
import type { Report } from '../../../contracts/report.ts';
import { formatBytes, formatRatio } from '../format.ts';
import { candidateName, SEARCH_COLUMNS, searchRows, searchSummary } from '../search-rows.ts';
import { type Bar, barChart, WIDE } from './charts.ts';
import { type Html, html } from './escape.ts';

/** Columns that hold words; the others hold figures. */
const WORDS = 2;

export function search(report: Report): Html | undefined {
  if (!report.search) return undefined;
  const { trials } = report.search;
  const bars = (figure: 'bytes' | 'speedup', format: (value: number) => string): Bar[] =>
    trials.flatMap(trial => {
      const value = trial[figure];
      if (value === undefined) return [];
      const tone =
        trial.outcome === 'chosen' ? 'artifact' : trial.outcome === 'missed' ? 'warn' : 'reference';
      return [{ label: candidateName(trial), value, text: format(value), tone }];
    });
  const charts = [
    { title: 'Size of each candidate', bars: bars('bytes', formatBytes) },
    { title: 'Speed-up of each candidate', bars: bars('speedup', formatRatio) },
  ].filter(chart => chart.bars.length > 0);
  const cell = (text: string, column: number): Html =>
    column < WORDS ? html`<td>${text}</td>` : html`<td class="number">${text}</td>`;
  return html`<section><h2>Candidates</h2><p class="soft">${searchSummary(report)}</p>
<table><tr>${SEARCH_COLUMNS.map((title, column) => (column < WORDS ? html`<th>${title}</th>` : html`<th class="number">${title}</th>`))}</tr>
${searchRows(report).map(row => html`<tr>${row.map(cell)}</tr>`)}</table>
${charts.map(({ title, bars: of }) => html`<h3>${title}</h3>${barChart(title, of, WIDE)}`)}</section>`;
}
