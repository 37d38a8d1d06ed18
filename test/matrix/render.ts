/** The rows as docs/method-matrix.md. */
import type { MatrixCase } from './cases.ts';
import type { MatrixRow } from './run-row.ts';

const HEAD = `# Every method on every trained model

Written by \`npm run matrix\`: each row is a job as the service runs it, with the model's own calibration and evaluation data,
repair on, no benchmark. The score is the model's own metric; "keeps" is the score against fp32 in the direction of better;
SQNR is that of the worst output with graph optimisations on and off. A row without figures was refused, for the reason given.
Rows marked * were repaired. The reference is onnxruntime.quantization 1.30, its best row with 8-bit weights and activations.
`;

export function renderMatrix(cases: readonly MatrixCase[], rows: readonly MatrixRow[]): string {
  const sections = cases.map(model =>
    section(
      model,
      rows.filter(row => row.model === model.name),
    ),
  );
  return [HEAD, ...sections].join('\n');
}

function section({ name, metric, lowerIsBetter, reference }: MatrixCase, rows: readonly MatrixRow[]): string {
  const fp32 = rows.find(({ report }) => report)?.report?.models.reference.score;
  const better = lowerIsBetter ? 'lower is better' : 'higher is better';
  const best = reference ? `; reference ${reference.score.toFixed(4)} (${reference.row})` : '';
  return [
    `## ${name}`,
    '',
    `${metric}, ${better}: fp32 ${fp32?.toFixed(4) ?? '?'}${best}`,
    '',
    '| setting | score | keeps | SQNR on / off dB | size | nodes | verdict |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(row => line(row, lowerIsBetter)),
    '',
  ].join('\n');
}

function line({ setting, report, failure }: MatrixRow, lowerIsBetter: boolean): string {
  const { type, ...options } = setting;
  const shown = Object.keys(options).length > 0 ? `${type} \`${JSON.stringify(options)}\`` : `**${type}**`;
  if (!report)
    return `| ${shown} | | | | | | ${failure?.code}: ${failure?.detail.slice(0, 120).replaceAll('|', '\\|')} |`;
  const { reference, artifact } = report.models;
  const change = (artifact.score ?? 0) / (reference.score ?? 1) - 1;
  const kept = `${(100 * (1 + (lowerIsBetter ? -change : change))).toFixed(2)} %`;
  const off = Math.min(...report.outputs.flatMap(({ sqnrDbUnoptimized }) => sqnrDbUnoptimized ?? []));
  const on = Math.min(...report.outputs.flatMap(({ sqnrDb }) => sqnrDb ?? []));
  const verdict = report.verdict + (report.repair.rounds.length > 0 ? ' *' : '');
  return `| ${shown} | ${artifact.score?.toFixed(4)} | ${kept} | ${on.toFixed(1)} / ${off.toFixed(1)} | ${report.comparison.sizeRatio?.toFixed(3)} | ${report.structure.quantizedNodes} | ${verdict} |`;
}
