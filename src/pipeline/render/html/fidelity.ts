/** Where error comes from: outputs, the ranking of values, repair. */
import type { Report } from '../../../contracts/report.ts';
import { formatDb, formatPercent, formatScore, orDash, significant } from '../format.ts';
import { barChart, WIDE } from './charts.ts';
import { type Html, html } from './escape.ts';

const MAX_BARS = 20;
/** The ranking draws noise against signal: 60 dB is a bar of length nothing, 0 dB one of full length. */
const QUIET_DB = 60;
const DOUBTFUL_DB = 20;

export function outputs(report: Report): Html | undefined {
  if (report.outputs.length === 0) return undefined;
  const rows = report.outputs.map(
    output => html`<tr><td class="mono">${output.name}</td>
<td class="number ${output.finite ? '' : 'bad'}">${output.finite ? orDash(output.sqnrDb, formatDb) : 'not finite'}</td>
<td class="number">${orDash(output.sqnrDbUnoptimized, formatDb)}</td>
<td class="number">${orDash(output.cosine, value => value.toFixed(6))}</td>
<td class="number">${orDash(output.maxAbsError, value => significant(value, 3))}</td>
<td class="number">${orDash(output.agreement, formatPercent)}</td></tr>`,
  );
  return html`<section><h2>Outputs against fp32, ${report.comparedSamples} samples</h2>
<table><tr><th>output</th><th class="number">SQNR</th><th class="number">SQNR, optimisations off</th>
<th class="number">cosine</th><th class="number">max abs error</th><th class="number">same answer</th></tr>${rows}</table></section>`;
}

export function valueRanking(report: Report): Html | undefined {
  const worst = report.values.slice(0, MAX_BARS);
  if (worst.length === 0) return undefined;
  const bars = worst.map(({ value, producer, sqnrDb }) => ({
    label: producer === undefined ? value : `${value} (${producer})`,
    value: Math.max(0, QUIET_DB - sqnrDb),
    text: formatDb(sqnrDb),
    tone: sqnrDb < DOUBTFUL_DB ? ('warn' as const) : ('artifact' as const),
  }));
  const more = report.values.length - worst.length;
  const rows = report.values.map(
    value => html`<tr><td class="mono">${value.value}</td><td>${value.producer ?? 'input'}</td><td>${value.dtype}</td>
<td class="number">${formatDb(value.sqnrDb)}</td><td class="number">${orDash(value.scale, scale => significant(scale, 4))}</td>
<td class="number">${orDash(value.zeroPoint, String)}</td><td class="number">${
      value.min === undefined || value.max === undefined
        ? '–'
        : `${significant(value.min, 3)} to ${significant(value.max, 3)}`
    }</td></tr>`,
  );
  return html`<section><h2>Values that lose most to rounding</h2>
<p class="soft">Signal to quantization noise of each value alone; a longer bar is more noise. ${
    more > 0 ? `${more} more below.` : undefined
  }</p>
${barChart('Signal to quantization noise by value', bars, WIDE)}
<details><summary>All ${report.values.length} values</summary>
<table><tr><th>value</th><th>from</th><th>type</th><th class="number">SQNR</th><th class="number">scale</th>
<th class="number">zero point</th><th class="number">range</th></tr>${rows}</table></details></section>`;
}

export function repair({ repair, accuracy }: Report): Html | undefined {
  if (repair.rounds.length === 0) return undefined;
  const score = (value: number): string => (accuracy ? formatScore(value, accuracy) : significant(value, 5));
  const rows = repair.rounds.map(
    (round, index) => html`<tr><td>${index + 1}</td>
<td class="mono">${round.released.map(({ node, opType, to }) => `${node} (${opType}) to ${to}`).join(', ')}</td>
<td class="number">${orDash(round.sqnrDbBefore, formatDb)} → ${orDash(round.sqnrDbAfter, formatDb)}</td>
<td class="number">${orDash(round.scoreBefore, score)} → ${orDash(round.scoreAfter, score)}</td>
<td>${round.kept ? 'kept' : 'taken back'}</td></tr>`,
  );
  return html`<section><h2>Repair</h2><p class="soft">Nodes that were released, and what each round bought.</p>
<table><tr><th>round</th><th>released</th><th class="number">SQNR</th><th class="number">score</th><th></th></tr>${rows}</table></section>`;
}
