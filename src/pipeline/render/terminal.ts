/**
 * The comparison as a table for a terminal.
 *
 * Invariant: names are stripped of control characters, so that a model cannot write to the terminal; colour only where
 * it was asked for.
 */
import type { Report } from '../../contracts/report.ts';
import { comparisonColumns, comparisonRows } from './comparison-rows.ts';
import { plainText } from './plain-text.ts';
import { SEARCH_COLUMNS, searchRows, searchSummary } from './search-rows.ts';
import { table as textTable } from './text-table.ts';

export interface TerminalStyle {
  readonly color: boolean;
}

const CODES = { bold: '1', dim: '2', green: '32', red: '31', yellow: '33' } as const;

export function renderTerminal(report: Report, style: TerminalStyle = { color: false }): string {
  const paint = (text: string, code: keyof typeof CODES): string =>
    style.color && text !== '' ? `\u001b[${CODES[code]}m${text}\u001b[0m` : text;

  const header = ['', ...comparisonColumns(report).map(column => plainText(column.title)), ''];
  const rows = comparisonRows(report);
  const table = [header, ...rows.map(row => [row.label, ...row.cells.map(cell => cell ?? '–'), row.change])];
  const widths = header.map((_, column) => Math.max(...table.map(cells => width(cells[column]!))));
  const rule = '─'.repeat(widths.reduce((sum, each) => sum + each + 2, -2));

  const lines = table.map((cells, index) => {
    const better = rows[index - 1]?.better;
    const padded = cells.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    const change = padded.pop()!;
    const tone = better === undefined ? undefined : better ? 'green' : 'red';
    const line = [...padded, tone ? paint(change, tone) : change].join('  ');
    return index === 0 ? paint(line, 'bold') : line.trimEnd();
  });
  const bad = report.verdict === 'fail';
  return [
    paint(plainLine(report.headline), bad ? 'red' : 'bold'),
    '',
    lines[0]!.trimEnd(),
    paint(rule, 'dim'),
    ...lines.slice(1),
    paint(rule, 'dim'),
    ...candidates(report),
    ...report.gates.map(gate => {
      const mark = gate.passed ? paint('pass', 'green') : paint('FAIL', 'red');
      return `${mark}  ${gate.name}: ${plainLine(gate.detail)}`;
    }),
    ...report.warnings.map(warning => `${paint('note', 'yellow')}  ${plainLine(warning)}`),
    ...report.advice.map(advice => `${paint('try ', 'yellow')}  ${plainLine(advice)}`),
    `verdict: ${paint(report.verdict, bad ? 'red' : 'green')}`,
  ].join('\n');
}

function candidates(report: Report): readonly string[] {
  const summary = searchSummary(report);
  if (summary === undefined) return [];
  const rows = searchRows(report).map(row => row.map(plainLine));
  return ['', ...textTable(SEARCH_COLUMNS, rows), plainLine(summary), ''];
}

/** Sentences may be longer than a name. */
function plainLine(text: string): string {
  return text
    .split(' ')
    .map(word => plainText(word))
    .join(' ');
}

/** Columns a text takes: our own texts hold no wide characters. */
function width(text: string): number {
  return [...text].length;
}
