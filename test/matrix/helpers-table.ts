/**
 * `npm run helpers-table`: what each accuracy helper is worth on the trained models, as docs/accuracy-helpers.md.
 *
 * `--models a,b`, `--out file`. SQNR is that of the worst output on the evaluation set, without repair.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { isBitpressError } from '../../src/errors.ts';
import { runFiles } from '../support/quantize-graph.ts';
import { type MatrixCase, matrixCases } from './cases.ts';

const BASES: Readonly<Record<string, Record<string, unknown>>> = {
  default: {},
  'perChannel: false': { perChannel: false },
  'weight: "int4"': { weight: 'int4' },
};
const HELPED: Readonly<Record<string, Record<string, unknown>>> = {
  '': {},
  equalize: { equalize: true },
  smoothQuant: { smoothQuant: {} },
  scaleSearch: { scaleSearch: true },
  'rounding: "gptq"': { rounding: 'gptq' },
  biasCorrection: { biasCorrection: true },
  'rounding: "gptq", biasCorrection': { rounding: 'gptq', biasCorrection: true },
};

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    out: {
      type: 'string',
      default: fileURLToPath(new URL('../../docs/accuracy-helpers.md', import.meta.url)),
    },
  },
});
const chosen = values.models?.split(',');
const cases = matrixCases().filter(
  ({ name, model }) => model.endsWith('.onnx') && (!chosen || chosen.includes(name)),
);

async function cell(
  { model, calibration, evaluation, metric }: MatrixCase,
  options: object,
): Promise<string> {
  const id = 'a'.repeat(64);
  const spec = { method: { type: 'static-int8', ...options }, calibration: id, evaluation: id, metric };
  try {
    const { report } = await runFiles(
      { model, calibration, evaluation },
      // Any loss may pass: what is wanted is the figure.
      { ...spec, repair: false, gates: { minSqnrDb: 0 } },
    );
    return `${report.comparison.minSqnrDb?.toFixed(1)} dB, ${report.models.artifact.score?.toPrecision(5)}`;
  } catch (error) {
    if (!isBitpressError(error)) throw error;
    return error.code;
  }
}

const rows: string[] = [];
for (const [base, options] of Object.entries(BASES))
  for (const [helper, more] of Object.entries(HELPED)) {
    const cells: string[] = [];
    for (const model of cases) cells.push(await cell(model, { ...options, ...more }));
    rows.push(`| ${base} | ${helper} | ${cells.join(' | ')} |`);
    console.log(rows.at(-1));
  }

const head = `# What the accuracy helpers are worth

Written by \`npm run helpers-table\`: \`static-int8\`, SQNR of the worst output and the metric on the evaluation set, without
repair. What each helper does, and where it pays: [How a model is quantized](quantization.md#accuracy-helpers).

| options | helper | ${cases.map(({ name, metric }) => `${name}, ${metric}`).join(' | ')} |
|---|---|${cases.map(() => '---|').join('')}
`;
writeFileSync(values.out, `${head}${rows.join('\n')}\n`);
