/** The paper's comparison as one self-contained HTML page, with the structures drawn. */

import type { ModelFigures } from '../../src/contracts/report.ts';
import { formatBytes, formatRatio } from '../../src/pipeline/render/format.ts';
import { type Bar, barChart } from '../../src/pipeline/render/html/charts.ts';
import { Html, html } from '../../src/pipeline/render/html/escape.ts';
import { STYLE } from '../../src/pipeline/render/html/style.ts';
import { CLAIMS } from './claims.ts';
import { type Column, draw } from './draw.ts';
import { TITLE } from './render-markdown.ts';
import type { StudyResult } from './run-methods.ts';
import { CLAIM_COLUMNS, COLUMNS, claimRows, rows } from './tables.ts';

export function renderHtml(studies: readonly StudyResult[], machine: string): string {
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${TITLE}</title><style>${new Html(STYLE)}</style></head><body><main>
<header><p class="eyebrow">Measured on ${machine}</p><h1>${TITLE}</h1></header>
<section><h2>What is claimed</h2><dl>${CLAIMS.map(({ text, bar }) => html`<dt>${text}</dt><dd>${bar}</dd>`)}</dl></section>
${studies.map(section)}</main></body></html>
`.text;
}

function section(study: StudyResult): Html {
  return html`<section><h2>${study.study.title}</h2>${table(COLUMNS, rows(study))}</section>
<section><h2>Do the claims hold?</h2>${table(CLAIM_COLUMNS, claimRows(study))}</section>
<section><h2>Size, time and memory</h2><div class="grid charts">
<div><h3>Bytes of parameters</h3>${chart(study, 'parameters', model => model.weightBytes, formatBytes)}</div>
<div><h3>Latency against float32 in the same run</h3>${chart(study, 'latency', relativeLatency, formatRatio)}</div>
<div><h3>Memory, peak</h3>${chart(study, 'memory', model => model.memory?.peakBytes, formatBytes)}</div></div></section>
<section><h2>Structure, before and after</h2><div class="legend"><span><i class="source"></i>layer</span>
<span><i class="reference"></i>float32 operator</span><span><i class="artifact"></i>operator in fewer bits</span></div>
${draw(columns(study))}</section>`;
}

function table(head: readonly string[], body: readonly (readonly string[])[]): Html {
  return html`<table><tr>${head.map(cell => html`<th>${cell}</th>`)}</tr>${body.map(
    cells => html`<tr>${cells.map(cell => html`<td class="${tone(cell)}">${cell}</td>`)}</tr>`,
  )}</table>`;
}

function tone(cell: string): string {
  return cell.startsWith('holds') ? 'good' : cell.startsWith('does not hold') ? 'bad' : '';
}

function chart(
  { results }: StudyResult,
  title: string,
  pick: (model: ModelFigures, float: ModelFigures | undefined) => number | undefined,
  format: (value: number) => string,
): Html {
  const models = results[0]?.report?.models;
  const bar = (
    label: string,
    model: ModelFigures | undefined,
    which: Bar['tone'],
    float = models?.reference,
  ): readonly Bar[] => {
    const value = model && pick(model, float);
    return value === undefined ? [] : [{ label, value, text: format(value), tone: which }];
  };
  const bars = [
    ...bar('Keras', models?.source, 'source'),
    ...bar('ONNX', models?.reference, 'reference'),
    ...results
      .slice(1)
      .flatMap(({ method, report }) =>
        bar(SHORT[method] ?? method, report?.models.artifact, 'artifact', report?.models.reference),
      ),
  ];
  return barChart(title, bars);
}

function relativeLatency({ latency }: ModelFigures, float: ModelFigures | undefined): number | undefined {
  return latency && float?.latency && latency.p50Ms / float.latency.p50Ms;
}

/** Labels of a chart have room for a dozen characters. */
const SHORT: Readonly<Record<string, string>> = {
  'weight-only-int4': 'int4 weights',
  'weight-only-int8': 'int8 weights',
};

function columns({ results }: StudyResult): readonly Column[] {
  const drawn = results.flatMap(({ method, drawing }) => (drawing ? [{ method, drawing }] : []));
  return [
    { title: 'layers', boxes: drawn[0]?.drawing.layers ?? [] },
    ...drawn.map(({ method, drawing }) => ({
      title: method === 'convert' ? 'ONNX' : method,
      boxes: drawing.operators,
    })),
  ];
}
