/**
 * The report as one self-contained HTML page: no script, no network, nothing outside this file.
 *
 * Invariant: a Content-Security-Policy inside the page forbids all but its own style sheet, so that even a name that
 * slipped through escaping could load and run nothing.
 */
import type { Report } from '../../../contracts/report.ts';
import { charts, comparisonTable } from './comparison.ts';
import { Html, html } from './escape.ts';
import { outputs, repair, valueRanking } from './fidelity.ts';
import { saturation } from './saturation.ts';
import { search } from './search.ts';
import { floatNodes, provenance, structure } from './structure.ts';
import { STYLE } from './style.ts';
import { gatesAndNotes, header, tiles } from './summary.ts';

export function renderHtml(report: Report): string {
  const body = [
    header(report),
    tiles(report),
    gatesAndNotes(report),
    comparisonTable(report),
    charts(report),
    search(report),
    outputs(report),
    valueRanking(report),
    saturation(report),
    repair(report),
    structure(report),
    floatNodes(report),
    provenance(report),
  ].filter(part => part !== undefined);
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${report.model.name}: ${report.verdict}</title><style>${new Html(STYLE)}</style></head>
<body><main>${body}</main></body></html>
`.text;
}
