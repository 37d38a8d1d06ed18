/**
 * Bar charts as inline SVG: no script, no network, colours from the page's style sheet.
 *
 * A bar's length is its share of the largest value of the chart; every bar carries its figure in words. A whisker is cut
 * at the edge, so that one outlier does not flatten the bars.
 */
import { type Html, html } from './escape.ts';

export type Tone = 'source' | 'reference' | 'artifact' | 'warn';

export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly text: string;
  readonly tone: Tone;
  /** A thin line from the bar's end to this value: a higher percentile. */
  readonly whisker?: number;
}

export interface ChartShape {
  /** Units of the viewBox; the page scales it. */
  readonly width: number;
  readonly labelWidth: number;
  readonly textWidth: number;
}

export const NARROW: ChartShape = { width: 360, labelWidth: 84, textWidth: 82 };
export const WIDE: ChartShape = { width: 760, labelWidth: 250, textWidth: 90 };

const ROW = 26;
const BAR = 15;
/** Where there are whiskers, the longest bar leaves them some of the width. */
const WHISKER_ROOM = 1.3;
/** A value that is not zero is seen. */
const LEAST = 1.5;
/** Widths of a character at the chart's font size, for cutting labels. */
const CHARACTER = 6.6;

export function barChart(title: string, bars: readonly Bar[], shape: ChartShape = NARROW): Html {
  const longest = Math.max(...bars.map(bar => bar.value), Number.MIN_VALUE);
  const largest = bars.some(bar => bar.whisker !== undefined) ? longest * WHISKER_ROOM : longest;
  const room = shape.width - shape.labelWidth - shape.textWidth;
  const scale = (value: number): number =>
    value > 0 ? Math.min(room, Math.max(LEAST, (value / largest) * room)) : 0;
  const characters = Math.floor(shape.labelWidth / CHARACTER);
  const rows = bars.map((bar, index) => {
    const y = index * ROW;
    const x = shape.labelWidth;
    const length = scale(bar.value);
    const end = x + Math.max(length, scale(bar.whisker ?? 0));
    const middle = y + ROW / 2;
    return html`<g><title>${bar.label}: ${bar.text}</title>
<text class="label" x="${x - 8}" y="${middle}">${cut(bar.label, characters)}</text>
<rect class="bar ${bar.tone}" x="${x}" y="${y + (ROW - BAR) / 2}" width="${round(length)}" height="${BAR}" rx="2"/>
${bar.whisker === undefined ? undefined : whisker(x + length, x + scale(bar.whisker), middle)}
<text class="figure" x="${round(end + 7)}" y="${middle}">${bar.text}</text></g>`;
  });
  const height = bars.length * ROW;
  const words = bars.map(bar => `${bar.label} ${bar.text}`).join(', ');
  return html`<svg class="chart" viewBox="0 0 ${shape.width} ${height}" role="img" aria-label="${title}: ${words}">${rows}</svg>`;
}

function whisker(from: number, to: number, y: number): Html {
  return html`<path class="whisker" d="M${round(from)} ${y}H${round(to)}M${round(to)} ${y - 4}v8"/>`;
}

/** The end of a name tells more than its beginning. */
function cut(label: string, characters: number): string {
  return label.length <= characters ? label : `…${label.slice(1 - characters)}`;
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
