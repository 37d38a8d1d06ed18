/**
 * Two models held against each other as a report: sizes, structure, outputs, score, latency and memory. The first is the
 * reference. Nothing is changed.
 */
import type { Report } from '../contracts/report.ts';
import { type BindOptions, bindDataset } from '../core/data/bind.ts';
import type { Dataset } from '../core/data/dataset.ts';
import type { SampleSource, SessionValue } from '../core/data/samples.ts';
import { syntheticSamples } from '../core/data/synthetic.ts';
import type { ModelStatistics } from '../core/ir/statistics.ts';
import { benchmark } from './benchmark.ts';
import { buildReport } from './build-report.ts';
import { comparePair, type PairResult, renamed } from './compare-pair.ts';
import type { Host, ReportProgress, Runtime } from './ports.ts';
import { CONTESTANTS, type Gates, type ModelEvidence } from './stage-results.ts';

/** What is known of a model from its file alone. */
export interface ModelFile {
  readonly path: string;
  /** As it is shown. */
  readonly name: string;
  /** That it came in. */
  readonly format: string;
  readonly bytes: number;
  readonly compressedBytes: number | undefined;
  readonly sha256: string;
  readonly opset: number;
  readonly producer: string;
  readonly statistics: ModelStatistics;
}

export interface CompareRequest {
  readonly reference: ModelFile;
  readonly candidate: ModelFile;
  /** Opens the data for these inputs; random samples where there is none. */
  readonly openData: (inputs: readonly SessionValue[]) => Promise<Dataset | undefined>;
  readonly bind: BindOptions;
  readonly gates: Gates;
  readonly measure: boolean;
}

export interface CompareDeps {
  readonly runtime: Runtime;
  readonly host: Host;
  readonly version: string;
}

/** Outputs without optimisations are compared on this many samples, as they are slow. */
const UNOPTIMIZED_SAMPLES = 256;
const SYNTHETIC_SAMPLES = 32;

export async function compareModels(
  request: CompareRequest,
  deps: CompareDeps,
  progress: ReportProgress,
  signal: AbortSignal,
): Promise<Report> {
  const { reference, candidate } = request;
  const { runtime, host } = deps;
  const pair = { reference: reference.path, candidate: candidate.path };
  const { samples, scoring, warnings } = await bind(request, runtime);
  const threads = host.cores;

  const stages = (from: number, share: number) => (done: number, total: number) =>
    progress({ stage: 'verifying', fraction: from + (done / total) * share });
  const optimized = await comparePair(
    runtime,
    pair,
    samples,
    { optimization: 'all', threads, scoring, onSample: stages(0, 0.7) },
    signal,
  );
  const unoptimized = await comparePair(
    runtime,
    pair,
    samples,
    { optimization: 'off', threads, limit: UNOPTIMIZED_SAMPLES, onSample: stages(0.7, 0.3) },
    signal,
  );
  if (request.measure) progress({ stage: 'benchmarking', fraction: 0 });
  const measured = request.measure ? await measure(pair, samples, deps, signal) : undefined;

  const engine = `onnxruntime ${runtime.version}`;
  const evidence = (file: ModelFile, score: number | undefined): ModelEvidence => ({
    engine,
    fileBytes: file.bytes,
    ...(file.compressedBytes !== undefined && { compressedBytes: file.compressedBytes }),
    statistics: file.statistics,
    ...(score !== undefined && { score }),
  });
  const withMemory = (model: ModelEvidence, memory: ModelEvidence['memory']): ModelEvidence => ({
    ...model,
    ...(memory && { memory }),
  });
  return buildReport({
    model: {
      name: reference.name,
      format: reference.format,
      ...(reference.producer !== '' && { producer: reference.producer }),
      opset: reference.opset,
    },
    method: { id: candidate.name, title: `compared with ${candidate.name}`, options: {}, target: 'cpu' },
    gates: request.gates,
    reference: withMemory(evidence(reference, optimized.scores?.reference), measured?.memory.reference),
    artifact: withMemory(evidence(candidate, optimized.scores?.candidate), measured?.memory.candidate),
    nodes: [],
    values: [],
    outputs: joinOutputs(optimized, unoptimized),
    comparedSamples: optimized.samples,
    ...(scoring && optimized.scores && { accuracy: { ...scoring, samples: optimized.samples } }),
    repair: { enabled: false, rounds: [] },
    ...(measured && { benchmark: { result: measured.latency, threads } }),
    warnings,
    stageMs: {},
    host,
    provenance: {
      model: reference.sha256,
      artifact: candidate.sha256,
      engine: deps.version,
      onnxruntime: runtime.version,
    },
  });
}

interface Bound {
  readonly samples: SampleSource;
  readonly scoring: ReturnType<typeof bindDataset>['scoring'];
  readonly warnings: readonly string[];
}

async function bind({ reference, openData, bind }: CompareRequest, runtime: Runtime): Promise<Bound> {
  const session = await runtime.open(reference.path, { optimization: 'basic' });
  try {
    const dataset = await openData(session.inputs);
    if (!dataset)
      return {
        samples: syntheticSamples(session.inputs, SYNTHETIC_SAMPLES),
        scoring: undefined,
        warnings: [`Compared on ${SYNTHETIC_SAMPLES} random samples: give --data for real ones.`],
      };
    const samples = bindDataset(dataset, session.inputs, session.outputs, bind);
    const warnings = samples.unused.map(name => `Array ${JSON.stringify(name)} of the data was not used.`);
    return { samples, scoring: samples.scoring, warnings };
  } finally {
    await session.close();
  }
}

async function measure(
  pair: { readonly reference: string; readonly candidate: string },
  samples: SampleSource,
  { runtime, host }: CompareDeps,
  signal: AbortSignal,
) {
  const options = { optimization: 'all', threads: host.cores } as const;
  // Reading a sample is not what is timed.
  const feeds = samples.feeds(0);
  const reference = await runtime.open(pair.reference, options);
  const candidate = await runtime.open(pair.candidate, options);
  try {
    const candidateFeeds = renamed(feeds, reference.inputs, candidate.inputs);
    const contestants = [
      { id: CONTESTANTS.reference, run: () => reference.run(feeds) },
      { id: CONTESTANTS.artifact, run: () => candidate.run(candidateFeeds) },
    ];
    const latency = await benchmark(contestants, 1, host.now, signal);
    const memory = {
      reference: await host.measureMemory(pair.reference, feeds, signal),
      candidate: await host.measureMemory(pair.candidate, candidateFeeds, signal),
    };
    return { latency, memory };
  } finally {
    await reference.close();
    await candidate.close();
  }
}

function joinOutputs(optimized: PairResult, unoptimized: PairResult) {
  return optimized.outputs.map(({ name, figures }, index) => {
    const other = unoptimized.outputs[index];
    return { name, optimized: figures, ...(other && { unoptimized: other.figures }) };
  });
}
