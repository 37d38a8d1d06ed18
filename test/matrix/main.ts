/**
 * `npm run matrix`: every method setting on every trained model, as docs/method-matrix.md.
 *
 * `--models a,b`, `--settings pattern` (a pattern for their JSON), `--keep folder` (artifacts, for another judge), `--out file`,
 * `--python VENV/bin/python` with onnx and onnxruntime, which makes the reference's best rows again.
 * Exit code 1 where a default in 8 bits loses more than the bar or than the reference, or where a row failed by a fault of ours.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { METHOD_SETTINGS, type MethodSetting } from '../support/method-settings.ts';
import { type AgainstRow, againstRow } from './against-row.ts';
import { type MatrixCase, matrixCases } from './cases.ts';
import { faults, rowFault } from './judge.ts';
import { remakeRow } from './remake-row.ts';
import { renderMatrix } from './render.ts';
import { type MatrixRow, runRow } from './run-row.ts';

const { values } = parseArgs({
  options: {
    models: { type: 'string' },
    settings: { type: 'string', default: '' },
    keep: { type: 'string' },
    python: { type: 'string' },
    out: { type: 'string', default: fileURLToPath(new URL('../../docs/method-matrix.md', import.meta.url)) },
  },
});
const chosen = values.models?.split(',');
const cases = matrixCases().filter(({ name }) => !chosen || chosen.includes(name));
const settings = METHOD_SETTINGS.filter(setting => new RegExp(values.settings).test(JSON.stringify(setting)));
const rows: MatrixRow[] = [];
const found: string[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'bitpress-matrix-rows-'));
const comparisons = new Map<string, AgainstRow>();
const isDefault = (setting: MethodSetting): boolean => Object.keys(setting).length === 1;

/** The setting that is held against the reference. */
const COMPARED = JSON.stringify({ type: 'static-int8' });

async function compare(model: MatrixCase, artifact: string): Promise<void> {
  const { name, reference } = model;
  if (!reference) return;
  const remade =
    values.python === undefined
      ? undefined
      : remakeRow(values.python, model, reference.row, join(scratch, `${name}.reference.onnx`));
  const comparison = await againstRow(model, reference.score, artifact, remade);
  comparisons.set(name, comparison);
  found.push(...rowFault(model, comparison));
}

/** Written as it grows: a run takes a while. */
async function run(chosen: readonly MatrixCase[], settings: readonly MethodSetting[]): Promise<void> {
  for (const model of chosen) {
    for (const setting of settings) {
      const row = await runRow(model, setting, values.keep ?? scratch);
      rows.push(row);
      found.push(...faults(model, row));
      if (row.artifact !== undefined && JSON.stringify(setting) === COMPARED)
        await compare(model, row.artifact);
      const { report, failure } = row;
      const said = report
        ? `${report.verdict} ${report.models.artifact.score}`
        : `${failure?.code}: ${failure?.detail}`;
      console.log(`${model.name} ${JSON.stringify(setting)} ${said}`);
    }
    writeFileSync(values.out, renderMatrix(cases, rows, comparisons));
  }
}

// Every model with the defaults first; the options on the ONNX models, as they do not depend on the importer.
await run(cases, settings.filter(isDefault));
await run(
  cases.filter(({ model }) => model.endsWith('.onnx')),
  settings.filter(setting => !isDefault(setting)),
);
rmSync(scratch, { recursive: true });
for (const fault of found) console.log(`FAULT ${fault}`);
process.exitCode = found.length > 0 ? 1 : 0;
