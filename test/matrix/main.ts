/**
 * `npm run matrix`: every method setting on every trained model, as docs/method-matrix.md.
 *
 * `--models a,b`, `--settings pattern` (a pattern for their JSON), `--keep folder` (artifacts, for another judge), `--out file`.
 * Exit code 1 where a default in 8 bits loses more than the bar, or where a row failed by a fault of ours.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { METHOD_SETTINGS, type MethodSetting } from '../support/method-settings.ts';
import { type MatrixCase, matrixCases } from './cases.ts';
import { faults } from './judge.ts';
import { renderMatrix } from './render.ts';
import { type MatrixRow, runRow } from './run-row.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    settings: { type: 'string', default: '' },
    keep: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../../docs/method-matrix.md', import.meta.url)) },
  },
});
const chosen = values.models?.split(',');
const cases = matrixCases().filter(({ name }) => !chosen || chosen.includes(name));
const settings = METHOD_SETTINGS.filter(setting => new RegExp(values.settings).test(JSON.stringify(setting)));
const rows: MatrixRow[] = [];
const found: string[] = [];
const isDefault = (setting: MethodSetting): boolean => Object.keys(setting).length === 1;

/** Written as it grows: a run takes a while. */
async function run(chosen: readonly MatrixCase[], settings: readonly MethodSetting[]): Promise<void> {
  for (const model of chosen) {
    for (const setting of settings) {
      const row = await runRow(model, setting, values.keep);
      rows.push(row);
      found.push(...faults(model, row));
      const { report, failure } = row;
      const said = report
        ? `${report.verdict} ${report.models.artifact.score}`
        : `${failure?.code}: ${failure?.detail}`;
      console.log(`${model.name} ${JSON.stringify(setting)} ${said}`);
    }
    writeFileSync(values.out, renderMatrix(cases, rows));
  }
}

// Every model with the defaults first; the options on the ONNX models, as they do not depend on the importer.
await run(cases, settings.filter(isDefault));
await run(
  cases.filter(({ model }) => model.endsWith('.onnx')),
  settings.filter(setting => !isDefault(setting)),
);
for (const fault of found) console.log(`FAULT ${fault}`);
process.exitCode = found.length > 0 ? 1 : 0;
