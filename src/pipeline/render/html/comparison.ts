/** The comparison table and the charts of size, latency, memory and accuracy. */
import type { ModelFigures, Report } from '../../../contracts/report.ts';
import { comparisonColumns, comparisonRows } from '../comparison-rows.ts';
import { formatBytes, formatMs, formatScore } from '../format.ts';
import { type Bar, barChart, type Tone } from './charts.ts';
import { type Html, html } from './escape.ts';

export function comparisonTable(report: Report): Html {
  const head = comparisonColumns(report).map(({ title }) => html`<th class="number">${title}</th>`);
  const rows = comparisonRows(report).map(row => {
    const last = row.cells.length - 1;
    const tone = row.better === undefined ? '' : row.better ? 'good' : 'bad';
    return html`<tr><td>${row.label}</td>${row.cells.map(
      (cell, index) => html`<td class="number ${index === last ? 'main' : ''}">${cell ?? '–'}</td>`,
    )}<td class="number ${tone}">${row.change}</td></tr>`;
  });
  return html`<section><h2>Comparison</h2>
<table><tr><th></th>${head}<th class="number">change</th></tr>${rows}</table>
<p class="soft" style="margin-top:12px">${conditions(report)}</p></section>`;
}

function conditions({ host, benchmark, models }: Report): string {
  const engines = [
    ...new Set([models.source, models.reference, models.artifact].flatMap(m => (m ? [m.engine] : []))),
  ];
  const int8 = host.int8Instructions.join(', ') || 'no 8-bit instructions known';
  const runs = benchmark
    ? `Latency: ${benchmark.runs} runs of each model in ${benchmark.rounds} turns in one process, ${benchmark.threads} threads. `
    : 'Latency and memory were not measured. ';
  return `${runs}${engines.join(', ')} on ${host.cpuModel}, ${host.cores} cores (${int8}), ${host.platform}.`;
}

export function charts(report: Report): Html {
  const { models, accuracy } = report;
  const columns: readonly (readonly [Tone, ModelFigures])[] = [
    ...(models.source ? [['source', models.source] as const] : []),
    ['reference', models.reference],
    ['artifact', models.artifact],
  ];
  type Pick = (model: ModelFigures) => number | undefined;
  const chart = (title: string, pick: Pick, format: (value: number) => string, whisker?: Pick): Html[] => {
    const bars = columns.flatMap(([tone, model]): Bar[] => {
      const value = pick(model);
      if (value === undefined) return [];
      const end = whisker?.(model);
      return [
        { label: model.title, value, text: format(value), tone, ...(end !== undefined && { whisker: end }) },
      ];
    });
    return bars.length < 2 ? [] : [html`<div><h3>${title}</h3>${barChart(title, bars)}</div>`];
  };
  const all = [
    ...chart('File size', model => model.fileBytes, formatBytes),
    ...chart('Weights', model => model.weightBytes, formatBytes),
    ...chart(
      'Latency p50 (line: p90)',
      model => model.latency?.p50Ms,
      formatMs,
      model => model.latency?.p90Ms,
    ),
    ...chart('Peak memory', model => model.memory?.peakBytes, formatBytes),
    ...(accuracy
      ? chart(
          accuracy.title,
          model => model.score,
          score => formatScore(score, accuracy),
        )
      : []),
    ...chart('File size, gzip', model => model.compressedBytes, formatBytes),
  ];
  const legend = columns.map(([tone, model]) => html`<span><i class="${tone}"></i>${model.title}</span>`);
  return html`<section><h2>Side by side</h2><div class="legend">${legend}</div><div class="grid charts">${all}</div></section>`;
}
