/** Columns of boxes as SVG: a model read from top to bottom, one column for each form of it. */
import { type Html, html } from '../../src/pipeline/render/html/escape.ts';
import type { Box } from './structure.ts';

export interface Column {
  readonly title: string;
  readonly boxes: readonly Box[];
}

/** Room for the longest label, "MatMulNBits · int4 weights". */
const WIDTH = 176;
const GAP = 18;
const HEIGHT = 24;
const STEP = 32;
const TOP = 26;

export function draw(columns: readonly Column[]): Html {
  const width = columns.length * (WIDTH + GAP) - GAP;
  const height = TOP + Math.max(...columns.map(({ boxes }) => boxes.length)) * STEP;
  return html`<svg class="chart" viewBox="0 0 ${width} ${height}" role="img" aria-label="structure">${columns.map(
    ({ title, boxes }, index) => {
      const x = index * (WIDTH + GAP);
      return html`<text x="${x + WIDTH / 2}" y="10" text-anchor="middle" font-weight="600">${title}</text>${boxes.map(
        (box, at) => drawBox(box, x, TOP + at * STEP, at > 0, index === 0),
      )}`;
    },
  )}</svg>`;
}

function drawBox({ label, mark }: Box, x: number, y: number, joined: boolean, source: boolean): Html {
  const middle = x + WIDTH / 2;
  const tone = source ? 'source' : mark === undefined ? 'reference' : 'artifact';
  const words = mark === undefined ? label : `${label} · ${mark}`;
  return html`${joined ? html`<path class="whisker" d="M${middle} ${y - (STEP - HEIGHT)}V${y}"/>` : undefined}
<rect class="bar ${tone}" x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="4" fill-opacity="0.35"/>
<text x="${middle}" y="${y + HEIGHT / 2}" text-anchor="middle" font-size="11">${words}</text>`;
}
