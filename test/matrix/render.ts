/** The rows as docs/method-matrix.md. */
import type { AgainstRow } from './against-row.ts';
import type { MatrixCase } from './cases.ts';
import { type Chance, MAX_DIFFERENCE, MAX_ERRORS, SIGNIFICANCE } from './paired.ts';
import type { MatrixRow } from './run-row.ts';

const HEAD = `# Every method on every trained model

Written by \`npm run matrix\`: each row is a job as the service runs it, with the model's own calibration and evaluation data,
repair on, no benchmark. The score is the model's own metric; "keeps" is the score against fp32 in the direction of better;
SQNR is that of the worst output with graph optimisations on and off. A row without figures was refused, for the reason given.
Rows marked * were repaired. The reference is onnxruntime.quantization 1.30, its best row with 8-bit weights and activations.
`;

const ROWS = `## The default against the reference's best rows

static-int8 with defaults must be no worse than the row, by a test on the same evaluation samples. It is worse where the row is
ahead and chance does not explain it: for right and wrong answers McNemar's exact test, one-sided, p < ${SIGNIFICANCE} (wins and losses are
the samples that only one of the two gets right); for other metrics more than ${MAX_ERRORS} standard errors of the mean paired difference.
It is also worse where the row is ahead by more than ${100 * MAX_DIFFERENCE} % of its score, whatever the test says. The row's artifact is made
again by the reference ("here" is its score on the machine of this table). Where it scores something else here than the row
says, as on a CPU whose 8-bit sums saturate, the difference is held against the standard error of ours to fp32.

| model, metric | fp32 | default | row | here | difference | chance | verdict |
|---|---|---|---|---|---|---|---|
`;

export function renderMatrix(
  cases: readonly MatrixCase[],
  rows: readonly MatrixRow[],
  comparisons: ReadonlyMap<string, AgainstRow>,
): string {
  const sections = cases.map(model =>
    section(
      model,
      rows.filter(row => row.model === model.name),
    ),
  );
  return [HEAD, ...(comparisons.size > 0 ? [rowTable(cases, comparisons)] : []), ...sections].join('\n');
}

function rowTable(cases: readonly MatrixCase[], comparisons: ReadonlyMap<string, AgainstRow>): string {
  const lines = cases.flatMap(({ name, metric, reference }) => {
    const found = comparisons.get(name);
    if (!found || !reference) return [];
    const { fp32, ours, here, difference, chance, verdict } = found;
    const [float, own, row] = [fp32, ours, reference.score].map(score => score.toFixed(4));
    const remade = here === undefined ? 'not made' : here.toFixed(4);
    return `| ${name}, ${metric} | ${float} | ${own} | ${row} (${reference.row}) | ${remade} | ${(-100 * difference).toFixed(3)} % | ${chanceText(chance)} | ${verdict} |`;
  });
  return `${ROWS}${lines.join('\n')}\n`;
}

function chanceText(chance: Chance): string {
  if ('p' in chance) return `${chance.wins} wins, ${chance.losses} losses, p = ${chance.p.toFixed(2)}`;
  return `${(-chance.errors).toFixed(1)} standard errors`;
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
