/**
 * The whole story of a job: import, prepare, calibrate, quantize, verify (and repair), benchmark, report.
 *
 * Invariant: everything happens in `workDir` and `outDir`; the artifact's bytes depend on model, data and spec alone;
 * an artifact that did not verify is never among the results.
 */
import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical-json.ts';
import type { JobSpec } from '../contracts/parse-spec.ts';
import type { Report } from '../contracts/report.ts';
import { modelStatistics } from '../core/ir/statistics.ts';
import { METHODS } from '../core/quantization/methods/index.ts';
import { BitpressError } from '../errors.ts';
import { ENGINE_VERSION } from '../version.ts';
import { reachesBar, withDefaultGates } from './bar.ts';
import { buildReport } from './build-report.ts';
import { calibrate } from './calibrate.ts';
import { importModel, type ModelFile, writeImported } from './import.ts';
import { measure } from './measure.ts';
import { nodeOutcomes } from './node-outcomes.ts';
import type { Ports, Stage } from './ports.ts';
import { prepareModel } from './prepare.ts';
import { quantizeTo } from './quantize.ts';
import { refuseQuantized } from './refuse-quantized.ts';
import { renderHtml } from './render/html/page.ts';
import { renderMarkdown } from './render/markdown.ts';
import { type Attempt, quantizedNodes, type Repaired, repair } from './repair.ts';
import { openSamples } from './samples.ts';
import type { ModelEvidence, OutputComparisonEvidence } from './stage-results.ts';
import { valueErrors } from './value-errors.ts';
import { refuseBroken, type Verification, verify } from './verify.ts';
import { copyModelFile, modelPaths, readModelFile } from './write-model-file.ts';

export interface JobRequest {
  readonly modelFiles: readonly ModelFile[];
  readonly calibration?: string;
  readonly evaluation?: string;
  readonly spec: JobSpec;
  readonly workDir: string;
  readonly outDir: string;
  /** Hashes of what was sent. */
  readonly provenance: {
    readonly model: string;
    readonly calibration?: string;
    readonly evaluation?: string;
  };
}

export interface Artifact {
  readonly name: string;
  readonly path: string;
  readonly contentType: string;
}

export interface JobOutcome {
  readonly artifacts: readonly Artifact[];
  readonly report: Report;
  readonly verdict: 'pass' | 'fail';
  readonly headline: string;
}

export async function runJob(request: JobRequest, ports: Ports): Promise<JobOutcome> {
  const { spec, workDir, outDir } = request;
  const { files, host, runtime } = ports;
  const { type, ...options } = spec.method;
  const method = METHODS.get(type);
  if (!method) throw new BitpressError('invalid_spec', `there is no method "${type}"`, { field: 'method' });
  const clock = stageClock(ports);

  clock.enter('importing');
  const imported = await importModel(request.modelFiles, files);
  if (method.id !== 'convert') refuseQuantized(imported.model);
  const importedPath = files.join(workDir, 'imported.onnx');
  writeImported(imported.model, importedPath, files);
  const probe = await runtime.open(importedPath, { optimization: 'off' });
  const { inputs, outputs } = probe;
  await probe.close();

  const samples = await openSamples({ ...request, method }, inputs, outputs, ports);
  try {
    clock.enter('preparing');
    const minOpset = method.opset?.(options) ?? 0;
    const prepared = await prepareModel(
      { importedPath, workDir, minOpset, proofSamples: samples.verification },
      ports,
    );

    clock.enter('calibrating');
    const observers = method.observers({ model: prepared.fresh(), options, released: new Map() });
    if (samples.calibration)
      await calibrate({ prepared, observers, samples: samples.calibration, workDir }, ports);

    clock.enter('quantizing');
    const scoring = samples.scoring;
    const base = { prepared, method, options, observers, released: new Map<string, string>() };
    const attempt = async (name: string, released: ReadonlyMap<string, string>): Promise<Attempt> => {
      const path = files.join(workDir, `${name}.onnx`);
      const plan = quantizeTo(path, { ...base, released }, files);
      const verification = await verify(
        { reference: importedPath, artifact: path, samples: samples.verification, scoring },
        ports,
      );
      return { path, plan, verification };
    };
    const gates = withDefaultGates(spec.gates ?? {}, scoring?.metric);
    const reaches = (verification: Verification) => reachesBar(verification, gates);
    clock.enter('verifying');
    const first = await attempt('quantized', base.released);
    if (method.id !== 'convert' && quantizedNodes(first.plan).size === 0)
      throw new BitpressError(
        'nothing_quantized',
        `the method "${method.id}" finds nothing to quantize in this model`,
      );
    const repaired: Repaired =
      spec.repair && !reaches(first.verification)
        ? await repair(
            first,
            { ...base, workDir, samples: samples.verification, reachesBar: reaches, attempt },
            ports,
          )
        : { attempt: first, rounds: [] };
    const { path, plan, verification } = repaired.attempt;
    refuseBroken(verification);
    const values = await valueErrors(prepared, plan, samples.verification, workDir, ports);

    clock.enter('benchmarking');
    const measured = spec.benchmark
      ? await measure(importedPath, path, samples.verification, ports)
      : { memory: {} };

    clock.enter('reporting');
    const written = copyModelFile(path, files.join(outDir, 'model.onnx'), files);
    const evidence = async (file: string, which: 'reference' | 'candidate'): Promise<ModelEvidence> => {
      const size = await files.measure(modelPaths(file, files));
      const score = verification.optimized.scores?.[which];
      const memory = measured.memory[which === 'reference' ? 'reference' : 'artifact'];
      return {
        engine: `onnxruntime ${runtime.version}`,
        fileBytes: size.bytes,
        ...(size.compressedBytes !== undefined && { compressedBytes: size.compressedBytes }),
        statistics: modelStatistics(readModelFile(file, files)),
        ...(score !== undefined && { score }),
        ...(memory && { memory }),
      };
    };
    const report = buildReport({
      model: {
        name: imported.name,
        format: imported.format,
        opset: imported.model.opset,
        ...(imported.model.producerName !== '' && { producer: imported.model.producerName }),
      },
      method: { id: method.id, title: method.title, options, target: spec.target },
      gates,
      reference: await evidence(importedPath, 'reference'),
      artifact: await evidence(written[0], 'candidate'),
      nodes: nodeOutcomes(prepared.fresh(), plan),
      values,
      outputs: outputEvidence(verification),
      comparedSamples: verification.optimized.samples,
      ...(scoring && { accuracy: { ...scoring, samples: verification.optimized.samples } }),
      ...(samples.calibration && {
        calibration: {
          samples: samples.calibration.count,
          calibrator: calibratorName(options),
          synthetic: samples.synthetic,
          values: observers.size,
        },
      }),
      repair: { enabled: spec.repair, rounds: repaired.rounds },
      ...(measured.benchmark && { benchmark: measured.benchmark }),
      warnings: [...samples.warnings, ...prepared.notes, ...(plan.notes ?? [])],
      stageMs: clock.finish(),
      host: {
        cpuModel: host.cpuModel,
        cores: host.cores,
        int8Instructions: host.int8Instructions,
        platform: host.platform,
      },
      provenance: {
        ...request.provenance,
        spec: createHash('sha256').update(canonicalJson(spec)).digest('hex'),
        artifact: (await files.measure([written[0]])).sha256,
        engine: ENGINE_VERSION,
        onnxruntime: runtime.version,
      },
    });
    return {
      report,
      verdict: report.verdict,
      headline: report.headline,
      artifacts: [
        ...written.map(model => ({
          name: files.baseName(model),
          path: model,
          contentType: 'application/octet-stream',
        })),
        ...writeReports(report, outDir, files),
      ],
    };
  } finally {
    samples.close();
  }
}

function writeReports(report: Report, outDir: string, files: Ports['files']): readonly Artifact[] {
  const text = (name: string, contentType: string, content: string): Artifact => {
    const path = files.join(outDir, name);
    files.write(path, [Buffer.from(content)]);
    return { name, path, contentType };
  };
  return [
    text('report.json', 'application/json', `${JSON.stringify(report, null, 2)}\n`),
    text('report.md', 'text/markdown; charset=utf-8', renderMarkdown(report)),
    text('report.html', 'text/html; charset=utf-8', renderHtml(report)),
  ];
}

function outputEvidence({ optimized, unoptimized }: Verification): readonly OutputComparisonEvidence[] {
  return optimized.outputs.map(({ name, figures }, index) => {
    const off = unoptimized.outputs[index]?.figures;
    return { name, optimized: figures, ...(off && { unoptimized: off }) };
  });
}

function calibratorName(options: Readonly<Record<string, unknown>>): string {
  const calibrator = options.calibrator as { type?: string } | undefined;
  return calibrator?.type ?? 'min-max';
}

function stageClock({ host, progress }: Ports) {
  const spent: Partial<Record<Stage, number>> = {};
  let current: { stage: Stage; since: number } | undefined;
  const leave = (): void => {
    if (current) spent[current.stage] = (spent[current.stage] ?? 0) + host.now() - current.since;
  };
  return {
    enter(stage: Stage): void {
      leave();
      current = { stage, since: host.now() };
      progress({ stage, fraction: 0 });
    },
    finish(): Readonly<Partial<Record<Stage, number>>> {
      leave();
      return spent;
    },
  };
}
