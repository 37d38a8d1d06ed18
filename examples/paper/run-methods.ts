/**
 * One trained Keras model through every method: the figures of the paper, from the reports of real jobs.
 *
 * Invariant: every figure comes out of a job's report; a method that does not apply is a row that says why.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSpec } from '../../src/contracts/parse-spec.ts';
import type { Report } from '../../src/contracts/report.ts';
import { METHODS } from '../../src/core/quantization/methods/index.ts';
import { isBitpressError } from '../../src/errors.ts';
import { runJob } from '../../src/pipeline/run-job.ts';
import { describeHost } from '../../src/platform/host.ts';
import { jobFiles } from '../../src/platform/job-files.ts';
import { ortRuntime } from '../../src/platform/ort-runtime.ts';
import { tfjsRuntime } from '../../src/platform/tfjs-runtime.ts';
import { type Drawing, drawingOf } from './structure.ts';

/** A trained model and its data. */
export interface Study {
  readonly title: string;
  readonly model: string;
  readonly calibration: string;
  readonly evaluation: string;
}

export interface MethodResult {
  readonly method: string;
  readonly report?: Report;
  readonly drawing?: Drawing;
  /** Why there is no report. */
  readonly reason?: string;
}

export interface StudyResult {
  readonly study: Study;
  /** "convert" first: the float ONNX model and the source beside it. */
  readonly results: readonly MethodResult[];
}

export async function runStudy(
  study: Study,
  workDir: string,
  say: (line: string) => void,
): Promise<StudyResult> {
  const others = METHODS.ids.filter(id => id !== 'convert');
  const results: MethodResult[] = [];
  for (const method of ['convert', ...others]) {
    say(`${study.title}: ${method}`);
    results.push(await runMethod(study, method, join(workDir, method)));
  }
  return { study, results };
}

async function runMethod(study: Study, method: string, directory: string): Promise<MethodResult> {
  const workDir = join(directory, 'work');
  const outDir = join(directory, 'out');
  for (const path of [workDir, outDir]) mkdirSync(path, { recursive: true });
  const hashes = { calibration: digest(study.calibration), evaluation: digest(study.evaluation) };
  const calibrates = METHODS.get(method)?.data === 'required';
  const spec = parseSpec({
    method: { type: method },
    evaluation: hashes.evaluation,
    ...(calibrates && { calibration: hashes.calibration }),
  });
  try {
    const { report, artifacts } = await runJob(
      {
        modelFiles: [{ name: jobFiles.baseName(study.model), path: study.model }],
        ...(calibrates && { calibration: study.calibration }),
        evaluation: study.evaluation,
        spec,
        workDir,
        outDir,
        provenance: { model: digest(study.model), ...hashes },
      },
      {
        runtime: ortRuntime,
        // The source is the same for every method; it is measured once.
        ...(method === 'convert' && { sourceRuntime: tfjsRuntime }),
        host: describeHost(),
        files: jobFiles,
        progress: () => undefined,
        signal: new AbortController().signal,
      },
    );
    return { method, report, drawing: await drawingOf(study.model, artifacts[0]?.path) };
  } catch (error) {
    if (!isBitpressError(error)) throw error;
    return { method, reason: error.message };
  }
}

function digest(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
