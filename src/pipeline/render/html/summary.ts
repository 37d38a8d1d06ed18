/** The top of the page: verdict, headline, four figures, gates, notes. */
import type { Report } from '../../../contracts/report.ts';
import { formatBytes, formatChange, formatDb, formatMs, formatRatio, formatScore } from '../format.ts';
import { type Html, html } from './escape.ts';

const NO_BREAK_HYPHEN = '\u2011';
/** A headline that has to say more is set smaller. */
const LONG = 100;

export function header(report: Report): Html {
  const { verdict, model, method, headline } = report;
  return html`<header class="${verdict}">
<div class="eyebrow"><span class="badge ${verdict}">${verdict}</span> ${model.name}, ${method.title}</div>
<h1 class="${headline.length > LONG ? 'long' : ''}">${headline.replace(/-(?=\d)/g, NO_BREAK_HYPHEN)}</h1></header>`;
}

/** Each tile: what it is, the change, from what to what. A tile of which nothing was measured is left out. */
export function tiles(report: Report): Html {
  const { comparison, accuracy, models } = report;
  const { reference, artifact } = models;
  const all: Html[] = [];
  if (comparison.sizeRatio !== undefined && reference.fileBytes && artifact.fileBytes) {
    const smaller = comparison.sizeRatio <= 1;
    all.push(
      tile(
        smaller ? 'Smaller' : 'Larger',
        factor(comparison.sizeRatio),
        `${formatBytes(reference.fileBytes)} to ${formatBytes(artifact.fileBytes)}`,
        smaller,
      ),
    );
  }
  if (comparison.speedup !== undefined && reference.latency && artifact.latency) {
    const { speedup, speedupLow = speedup, speedupHigh = speedup } = comparison;
    const clear = speedupLow > 1 || speedupHigh < 1;
    const interval = [speedupLow, speedupHigh].map(factor).sort().join(' to ');
    all.push(
      tile(
        clear ? (speedup > 1 ? 'Faster' : 'Slower') : 'Speed, no clear difference',
        factor(speedup),
        `${formatMs(reference.latency.p50Ms)} to ${formatMs(artifact.latency.p50Ms)} (95 %: ${interval})`,
        clear ? speedup > 1 : undefined,
      ),
    );
  }
  if (accuracy && reference.score !== undefined && artifact.score !== undefined)
    all.push(
      tile(
        accuracy.title,
        formatScore(artifact.score, accuracy),
        `${formatScore(reference.score, accuracy)} before, ${formatChange(accuracy.drop, accuracy)}, ${accuracy.samples} samples`,
        missed(report, 'maxAccuracyDrop') ? false : undefined,
      ),
    );
  else if (comparison.minSqnrDb !== undefined)
    all.push(
      tile(
        'Outputs against fp32',
        formatDb(comparison.minSqnrDb),
        `signal to quantization noise, ${report.comparedSamples} samples`,
        missed(report, 'minSqnrDb') ? false : undefined,
      ),
    );
  if (comparison.memoryRatio !== undefined && reference.memory && artifact.memory) {
    const less = comparison.memoryRatio <= 1;
    all.push(
      tile(
        less ? 'Less memory' : 'More memory',
        factor(comparison.memoryRatio),
        `peak ${formatBytes(reference.memory.peakBytes)} to ${formatBytes(artifact.memory.peakBytes)}`,
        less ? true : undefined,
      ),
    );
  }
  return html`<div class="grid">${all}</div>`;
}

/** How many times more, whichever way. */
function factor(ratio: number): string {
  return formatRatio(Math.max(ratio, 1 / ratio));
}

function missed(report: Report, name: string): boolean {
  return report.gates.some(gate => gate.name === name && !gate.passed);
}

function tile(what: string, figure: string, detail: string, good: boolean | undefined): Html {
  const tone = good === undefined ? '' : good ? 'good' : 'bad';
  return html`<div class="tile"><h3>${what}</h3><div class="big ${tone}">${figure}</div><div class="soft">${detail}</div></div>`;
}

export function gatesAndNotes({ gates, warnings, advice }: Report): Html {
  const rows = gates.map(
    gate => html`<tr><td><span class="badge ${gate.passed ? 'pass' : 'fail'}">${gate.passed ? 'pass' : 'missed'}</span></td>
<td class="main">${gate.name}</td><td>${gate.detail}</td></tr>`,
  );
  const notes = [
    ...warnings.map(line => html`<div class="note">${line}</div>`),
    ...advice.map(line => html`<div class="note">Try: ${line}</div>`),
  ];
  return html`${notes}${rows.length === 0 ? undefined : html`<section><h2>Gates</h2><table>${rows}</table></section>`}`;
}
