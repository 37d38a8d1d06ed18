/**
 * The report as a Markdown page, for pull requests and chat.
 *
 * Invariant: every name of the model is escaped: it can neither end a table cell, nor open a tag, a link or an image.
 */
import type { Report } from '../../contracts/report.ts';
import { comparisonColumns, comparisonRows } from './comparison-rows.ts';
import { formatDb, formatMs, formatScore, orDash, significant } from './format.ts';
import { plainText } from './plain-text.ts';
import { SEARCH_COLUMNS, searchRows, searchSummary } from './search-rows.ts';

/** Longer lists are cut; report.json has them whole. */
const MAX_ROWS = 20;

export function renderMarkdown(report: Report): string {
  return `${[
    `# ${text(report.headline)}`,
    `**${text(report.model.name)}** by \`${report.method.id}\`: verdict **${report.verdict}**`,
    ...section('Gates', gates(report)),
    ...section('Notes', [...report.warnings, ...report.advice].map(line => `- ${text(line)}`).join('\n')),
    ...section('Comparison', comparison(report)),
    ...section('Candidates', search(report)),
    ...section(`Outputs, ${report.comparedSamples} samples`, outputs(report)),
    ...section('Values that lose most', values(report)),
    ...section('Nodes', structure(report)),
    ...section('Nodes that stayed float', floatNodes(report)),
    ...section('Saturation guard', saturation(report)),
    ...section('Repair', repair(report)),
    ...section('Provenance', provenance(report)),
  ].join('\n\n')}\n`;
}

function section(title: string, body: string): string[] {
  return body === '' ? [] : [`## ${title}`, body];
}

function gates(report: Report): string {
  return table(
    ['gate', 'result', ''],
    report.gates.map(gate => [gate.name, gate.passed ? 'pass' : '**FAIL**', text(gate.detail)]),
  );
}

function comparison(report: Report): string {
  const titles = comparisonColumns(report).map(column => text(column.title));
  const body = table(
    ['', ...titles, ''],
    comparisonRows(report).map(row => [row.label, ...row.cells.map(cell => cell ?? '–'), row.change]),
  );
  const { benchmark, host } = report;
  const where = `${text(host.cpuModel)}, ${host.cores} cores, 8-bit instructions: ${host.int8Instructions.join(', ') || 'none'}`;
  const how = benchmark
    ? `Latency: ${benchmark.runs} runs of each model in ${benchmark.rounds} turns in one process, ${benchmark.threads} threads. `
    : '';
  return `${body}\n\n${how}${where}.`;
}

function search(report: Report): string {
  const summary = searchSummary(report);
  if (summary === undefined) return '';
  const rows = searchRows(report).map(cells => cells.map(text));
  return `${text(summary)}\n\n${table(SEARCH_COLUMNS, rows)}`;
}

function outputs(report: Report): string {
  return table(
    ['output', 'SQNR', 'SQNR, not optimised', 'cosine', 'max abs error', 'same answer'],
    report.outputs.map(output => [
      text(output.name),
      output.finite ? orDash(output.sqnrDb, formatDb) : '**not finite**',
      orDash(output.sqnrDbUnoptimized, formatDb),
      orDash(output.cosine, value => value.toFixed(6)),
      orDash(output.maxAbsError, value => significant(value, 3)),
      orDash(output.agreement, value => `${(value * 100).toFixed(2)} %`),
    ]),
  );
}

function values(report: Report): string {
  return table(
    ['value', 'from', 'type', 'SQNR', 'range'],
    report.values
      .slice(0, MAX_ROWS)
      .map(value => [
        text(value.value),
        text(value.producer ?? 'input'),
        value.dtype,
        formatDb(value.sqnrDb),
        value.min === undefined || value.max === undefined
          ? '–'
          : `${significant(value.min, 3)} to ${significant(value.max, 3)}`,
      ]),
    report.values.length,
  );
}

function structure({ structure, models }: Report): string {
  const counts = `${structure.quantizedNodes} quantized, ${structure.absorbedNodes} absorbed, ${structure.floatNodes} float.`;
  const before = models.reference.operators ?? {};
  const after = models.artifact.operators ?? {};
  const rows = Object.entries(structure.difference).map(([operator, change]) => [
    text(operator),
    String(before[operator] ?? 0),
    String(after[operator] ?? 0),
    change > 0 ? `+${change}` : String(change),
  ]);
  return [counts, table(['operator', 'before', 'after', ''], rows)].filter(part => part !== '').join('\n\n');
}

function floatNodes(report: Report): string {
  return table(
    ['reason', 'nodes', 'operators', 'meaning'],
    report.floatReasons.map(({ code, count, operators, reason }) => [
      `\`${code}\``,
      String(count),
      text(
        Object.entries(operators)
          .map(([operator, each]) => `${operator} ${each}`)
          .join(', '),
      ),
      text(reason),
    ]),
  );
}

function repair(report: Report): string {
  const score = (value: number): string =>
    report.accuracy ? formatScore(value, report.accuracy) : significant(value, 5);
  return table(
    ['round', 'released', 'SQNR', 'score', 'kept'],
    report.repair.rounds.map((round, index) => [
      String(index + 1),
      text(round.released.map(({ node, opType, to }) => `${node} (${opType}) to ${to}`).join(', ')),
      `${orDash(round.sqnrDbBefore, formatDb)} → ${orDash(round.sqnrDbAfter, formatDb)}`,
      `${orDash(round.scoreBefore, score)} → ${orDash(round.scoreAfter, score)}`,
      round.kept ? 'yes' : 'no',
    ]),
  );
}

function saturation({ saturation }: Report): string {
  return table(
    ['layer', 'channels narrowed', 'SQNR with 8 bits, saturated', 'SQNR as written'],
    (saturation ?? []).map(({ node, narrowed, channels, sqnrDbSaturated, sqnrDb }) => [
      text(node),
      `${narrowed} of ${channels}`,
      orDash(sqnrDbSaturated, formatDb),
      orDash(sqnrDb, formatDb),
    ]),
  );
}

function provenance({ provenance, host, calibration, stageMs }: Report): string {
  const rows: string[][] = Object.entries(provenance).map(([name, value]) => [name, `\`${text(value)}\``]);
  rows.push(['platform', text(host.platform)]);
  if (calibration)
    rows.push([
      'ranges',
      `${calibration.samples} ${calibration.synthetic ? 'random ' : ''}samples, ${text(calibration.calibrator)}`,
    ]);
  for (const [stage, ms] of Object.entries(stageMs)) rows.push([stage, formatMs(ms)]);
  return table(['', ''], rows);
}

function table(head: readonly string[], rows: readonly (readonly string[])[], total = rows.length): string {
  if (rows.length === 0) return '';
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const lines = [line(head), line(head.map(() => '---')), ...rows.map(line)];
  if (total > rows.length) lines.push('', `${total - rows.length} more in report.json.`);
  return lines.join('\n');
}

/** CommonMark: a backslash before any ASCII punctuation makes it literal; "&" and "<" would start markup. */
function text(value: string): string {
  return value
    .split(' ')
    .map(word =>
      plainText(word)
        .replace(/[\\`*_{}[\]<>|#~!&$@]/g, char => `\\${char}`)
        // What GitHub turns into a link without being asked.
        .replace(/:(?=\/\/)|(?<=www)\./gi, char => `\\${char}`),
    )
    .join(' ');
}
