/** Layers that would saturate on a CPU without 8-bit dot products, and what weights of fewer codes made of them. */
import type { Report } from '../../../contracts/report.ts';
import { formatDb, orDash } from '../format.ts';
import { type Html, html } from './escape.ts';

export function saturation({ saturation }: Report): Html | undefined {
  if (!saturation || saturation.length === 0) return undefined;
  const rows = saturation.map(
    ({ node, narrowed, channels, sqnrDbSaturated, sqnrDb }) =>
      html`<tr><td class="mono">${node}</td><td class="number">${narrowed} of ${channels}</td>
<td class="number">${orDash(sqnrDbSaturated, formatDb)}</td><td class="number">${orDash(sqnrDb, formatDb)}</td></tr>`,
  );
  return html`<section><h2>Saturation guard</h2>
<p class="soft">Channels whose 16-bit sums would saturate on a CPU without 8-bit dot products have weights of fewer codes (7 bits at least). The SQNR of
those channels is simulated on rows of the calibration data.</p>
<table><tr><th>layer</th><th class="number">channels</th><th class="number">8 bits, saturated</th><th class="number">as
written</th></tr>${rows}</table></section>`;
}
