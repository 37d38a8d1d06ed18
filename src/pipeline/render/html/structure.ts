/** What the graph became: operators before and after, and the nodes that stayed float with their reasons. */
import type { Report } from '../../../contracts/report.ts';
import { formatMs } from '../format.ts';
import { type Bar, barChart, WIDE } from './charts.ts';
import { type Html, html } from './escape.ts';

const MAX_OPERATORS = 16;
/** The page lists this many nodes; report.json has all. */
const MAX_NODES = 500;

export function structure({ structure, models }: Report): Html {
  const before = models.reference.operators ?? {};
  const after = models.artifact.operators ?? {};
  const most = (name: string): number => Math.max(before[name] ?? 0, after[name] ?? 0);
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort(
    (a, b) => most(b) - most(a) || (a < b ? -1 : 1),
  );
  const bars = names.slice(0, MAX_OPERATORS).flatMap((name): Bar[] => [
    { label: name, value: before[name] ?? 0, text: String(before[name] ?? 0), tone: 'reference' },
    { label: '', value: after[name] ?? 0, text: String(after[name] ?? 0), tone: 'artifact' },
  ]);
  const more = names.length - MAX_OPERATORS;
  return html`<section><h2>Structure</h2>
<p class="soft">${structure.quantizedNodes} nodes quantized, ${structure.absorbedNodes} absorbed, ${
    structure.floatNodes
  } stayed float. Nodes by operator, before and after${more > 0 ? `; ${more} rarer operators are left out` : undefined}.</p>
<div class="legend"><span><i class="reference"></i>${models.reference.title}</span><span><i class="artifact"></i>${
    models.artifact.title
  }</span></div>${barChart('Nodes by operator', bars, WIDE)}</section>`;
}

export function floatNodes(report: Report): Html | undefined {
  if (report.floatNodes.length === 0) return undefined;
  const rows = report.floatReasons.map(
    ({
      code,
      reason,
      count,
      operators,
    }) => html`<tr><td><code>${code}</code></td><td class="number">${count}</td>
<td>${Object.entries(operators)
      .map(([operator, each]) => `${operator} ${each}`)
      .join(', ')}</td><td>${reason}</td></tr>`,
  );
  const nodes = report.floatNodes
    .slice(0, MAX_NODES)
    .map(
      ({ node, opType, reason }) =>
        html`<tr><td class="mono">${node}</td><td>${opType}</td><td>${reason}</td></tr>`,
    );
  const more = report.floatNodes.length - nodes.length;
  return html`<section><h2>Nodes that stayed float</h2>
<table><tr><th>reason</th><th class="number">nodes</th><th>operators</th><th>for example</th></tr>${rows}</table>
<details><summary>Every node</summary><table><tr><th>node</th><th>operator</th><th>reason</th></tr>${nodes}</table>
${more > 0 ? html`<p class="soft">${more} more in report.json.</p>` : undefined}</details></section>`;
}

export function provenance(report: Report): Html {
  const { provenance, method, calibration, stageMs, model, host } = report;
  const entries: [string, string][] = [
    [
      'model',
      `${model.name}, ${model.format}, opset ${model.opset}${model.producer ? `, by ${model.producer}` : ''}`,
    ],
    ['method', `${method.id} for ${method.target}`],
    ['options', JSON.stringify(method.options)],
    ...(calibration
      ? ([
          [
            'ranges',
            `${calibration.values} values over ${calibration.samples} ${calibration.synthetic ? 'random ' : ''}samples, ${calibration.calibrator}`,
          ],
        ] as [string, string][])
      : []),
    ['model sha256', provenance.model],
    ...(provenance.calibration
      ? ([['calibration sha256', provenance.calibration]] as [string, string][])
      : []),
    ...(provenance.evaluation ? ([['evaluation sha256', provenance.evaluation]] as [string, string][]) : []),
    ...(provenance.spec ? ([['spec sha256', provenance.spec]] as [string, string][]) : []),
    ['artifact sha256', provenance.artifact],
    ['engine', `Bitpress ${provenance.engine}, onnxruntime ${provenance.onnxruntime}`],
    ['machine', `${host.cpuModel}, ${host.cores} cores, ${host.platform}`],
    [
      'time',
      Object.entries(stageMs)
        .map(([stage, ms]) => `${stage} ${formatMs(ms)}`)
        .join(', '),
    ],
  ];
  return html`<section><h2>Provenance</h2><dl>${entries.map(
    ([name, value]) => html`<dt>${name}</dt><dd class="mono">${value}</dd>`,
  )}</dl></section>`;
}
