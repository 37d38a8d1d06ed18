/** One model with one setting, in a sandbox as the service starts it: a crash costs one row. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import type { Report } from '../../src/contracts/report.ts';
import { isBitpressError } from '../../src/errors.ts';
import { runSandbox } from '../../src/jobs/supervisor.ts';
import type { MethodSetting } from '../support/method-settings.ts';
import type { MatrixCase } from './cases.ts';

/** `npm run matrix` builds first: a built sandbox starts several times faster. */
const ENTRY = { path: fileURLToPath(new URL('../../dist/sandbox.js', import.meta.url)), execArgv: [] };
const LIMITS = { timeoutSeconds: 900, memoryMb: 8192 };

export interface MatrixRow {
  readonly model: string;
  readonly setting: MethodSetting;
  readonly report?: Report;
  /** Path of the artifact. */
  readonly artifact?: string;
  /** Code and message of a job that was refused or failed. */
  readonly failure?: { readonly code: string; readonly detail: string };
}

/** @param keep folder that the artifact is copied to */
export async function runRow(
  { name, model, calibration, evaluation, metric }: MatrixCase,
  setting: MethodSetting,
  keep: string,
): Promise<MatrixRow> {
  const directory = mkdtempSync(join(tmpdir(), 'bitpress-matrix-'));
  const [workDir, outDir] = [join(directory, 'work'), join(directory, 'out')];
  for (const path of [workDir, outDir]) mkdirSync(path);
  try {
    const id = 'a'.repeat(64);
    const spec = parseSpec({ method: setting, calibration: id, evaluation: id, metric, benchmark: false });
    const { artifacts } = await runSandbox(
      {
        kind: 'job',
        modelFiles: [{ name: basename(model), path: model }],
        calibration,
        evaluation,
        spec,
        workDir,
        outDir,
        provenance: { model: id },
      },
      { entry: ENTRY, directory, limits: LIMITS, signal: new AbortController().signal },
    );
    const pathOf = (file: string): string => artifacts.find(({ name }) => name === file)!.path;
    mkdirSync(keep, { recursive: true });
    const slug = JSON.stringify(setting)
      .replace(/[^\w-]+/g, '_')
      .replace(/^_type_|_$/g, '');
    const artifact = join(keep, `${name}.${slug}.onnx`);
    copyFileSync(pathOf('model.onnx'), artifact);
    return {
      model: name,
      setting,
      artifact,
      report: JSON.parse(readFileSync(pathOf('report.json'), 'utf8')) as Report,
    };
  } catch (error) {
    if (!isBitpressError(error)) throw error;
    return { model: name, setting, failure: { code: error.code, detail: error.message } };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
