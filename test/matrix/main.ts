/**
 * `npm run matrix`: every method setting on every trained model, as docs/method-matrix.md.
 *
 * `--models a,b`, `--settings text` (those whose JSON holds it), `--keep folder` (artifacts, for another judge), `--out file`.
 * Exit code 1 where a default in 8 bits loses more than the bar, or where a row failed by a fault of ours.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { METHOD_SETTINGS } from '../support/method-settings.ts';
import { matrixCases } from './cases.ts';
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
const settings = METHOD_SETTINGS.filter(setting => JSON.stringify(setting).includes(values.settings));
const rows: MatrixRow[] = [];
const found: string[] = [];
for (const model of cases) {
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
  // Written as it grows: a run takes a while.
  writeFileSync(values.out, renderMatrix(cases, rows));
}
for (const fault of found) console.log(`FAULT ${fault}`);
process.exitCode = found.length > 0 ? 1 : 0;
