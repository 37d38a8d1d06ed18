/**
 * The whole story of a job: import, prepare, calibrate, quantize, verify (and repair), benchmark, report.
 *
 * Invariant: everything happens in `workDir` and `outDir`; the artifact's bytes depend on model, data, spec and the kind of CPU alone;
 * an artifact that did not verify is never among the results.
 */
import type { Report } from '../contracts/report.ts';
import { BitpressError, isBitpressError } from '../errors.ts';
import { withDefaultGates } from './bar.ts';
import { buildReport } from './build-report.ts';
import { chooseArtifact } from './choose-artifact.ts';
import { gatherResults } from './gather-results.ts';
import { isSlower, measure } from './measure.ts';
import { type JobInput, openJob } from './open-job.ts';
import { otherMethods } from './other-methods.ts';
import { inPieces } from './pieces/in-pieces.ts';
import type { Ports } from './ports.ts';
import { overWorkingFiles } from './runnable.ts';
import { checkSource } from './source-check.ts';
import { stageClock } from './stage-clock.ts';
import { valueErrors } from './value-errors.ts';
import { copyModelFile } from './write-model-file.ts';
import { type Artifact, writeReports } from './write-reports.ts';

export interface JobRequest extends JobInput {
  readonly outDir: string;
  /** Hashes of what was sent. */
  readonly provenance: {
    readonly model: string;
    readonly calibration?: string;
    readonly evaluation?: string;
  };
}

export interface JobOutcome {
  readonly artifacts: readonly Artifact[];
  readonly report: Report;
  readonly verdict: 'pass' | 'fail';
  readonly headline: string;
}

export async function runJob(request: JobRequest, given: Ports): Promise<JobOutcome> {
  const ports = inPieces(overWorkingFiles(given));
  const { spec, workDir, outDir } = request;
  const { files } = ports;
  const clock = stageClock(ports);

  clock.enter('importing');
  const opened = await openJob(request, ports);
  const { imported, importedPath, inputs, samples } = opened;
  try {
    const gates = withDefaultGates(spec.gates ?? {}, samples.scoring?.metric);
    const { made, search, prepare } = await chooseArtifact({ opened, request, gates, clock }, ports);
    const { prepared, repaired } = made;
    const source = await checkSource({ imported, importedPath, inputs, samples, workDir }, ports);
    const { path, plan } = repaired.attempt;
    const values = await valueErrors(prepared, plan, samples.verification, workDir, ports);

    if (spec.benchmark) clock.enter('benchmarking');
    const measured = spec.benchmark
      ? await measure(
          { reference: importedPath, artifact: path, source: source?.path },
          samples.verification,
          ports,
        )
      : { memory: {} };
    const others = isSlower(measured) ? await otherMethods({ than: made.method.id, prepare }) : undefined;

    clock.enter('reporting');
    const written = copyModelFile(path, files.join(outDir, 'model.onnx'), files);
    const results = await gatherResults(
      {
        ...made,
        ...{ imported, spec, gates, samples, search, source, values, measured, others, clock },
        inputs: request.provenance,
        referencePath: importedPath,
        artifactPath: written[0],
      },
      ports,
    );
    const report = buildReport(results);
    const models = written.map(model => ({
      name: files.baseName(model),
      path: model,
      contentType: 'application/octet-stream',
    }));
    const artifacts = [...models, ...writeReports(report, outDir, files)];
    return { report, verdict: report.verdict, headline: report.headline, artifacts };
  } catch (error) {
    throw request.calibration === undefined && request.evaluation === undefined ? onRandomData(error) : error;
  } finally {
    samples.close();
  }
}

/** Inputs may ask for more than they declare: indices below a size, lengths that add up. */
function onRandomData(error: unknown): unknown {
  if (!isBitpressError(error) || error.code !== 'model_run_failed') return error;
  return new BitpressError(error.code, error.message, {
    cause: error,
    hint: 'No data was sent, and the model does not run on random data: send a calibration or an evaluation dataset.',
  });
}
