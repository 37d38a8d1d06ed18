/** Stage "benchmarking": latency of float and artifact in turn in this process, memory of each in one of its own. */
import { BENCHMARK_DEFAULTS, type Benchmark, benchmark, type Latency } from './benchmark.ts';
import { latencyInPieces } from './latency-in-pieces.ts';
import type { MemoryFigures, Ports, SampleSource, Session } from './ports.ts';
import { CONTESTANTS, type StageResults } from './stage-results.ts';

/** Samples that the runs go through in turn. */
const SAMPLES = 16;

/** Shorter: it is one column for orientation. */
const SOURCE_BENCHMARK = { ...BENCHMARK_DEFAULTS, maxMilliseconds: 2_000 };

export interface Measurements {
  readonly benchmark?: NonNullable<StageResults['benchmark']>;
  readonly memory: {
    readonly source?: MemoryFigures;
    readonly reference?: MemoryFigures;
    readonly artifact?: MemoryFigures;
  };
  /** What the user should know of what was not measured. */
  readonly notes?: readonly string[];
}

/** True where the artifact was surely slower than the float model. */
export function isSlower({ benchmark }: Measurements): boolean {
  const artifact = benchmark?.result.latencies.find(({ id }) => id === CONTESTANTS.artifact);
  return artifact !== undefined && artifact.interval.high < 1;
}

export interface Measured {
  readonly reference: string;
  readonly artifact: string;
  /** The layers model of the upload, where its own engine runs it. */
  readonly source: string | undefined;
}

export async function measure(
  { reference, artifact, source }: Measured,
  samples: SampleSource,
  ports: Ports,
): Promise<Measurements> {
  const { host, progress, signal } = ports;
  const threads = host.cores;
  const { result, notes } = await latency({ reference, artifact }, samples, ports);
  const own = source === undefined ? undefined : await sourceLatency(source, samples, ports);
  progress({ stage: 'benchmarking', fraction: 0.6, message: 'memory of the float model' });
  const feeds = samples.feeds(0);
  const before = await host.measureMemory(reference, feeds, signal);
  progress({ stage: 'benchmarking', fraction: 0.8, message: 'memory of the artifact' });
  const after = await host.measureMemory(artifact, feeds, signal);
  const engine =
    source === undefined ? undefined : await host.measureMemory(source, feeds, signal, 'tensorflowjs');
  return {
    ...(notes && { notes }),
    benchmark: { result: own ? { ...result, latencies: [...result.latencies, own] } : result, threads },
    memory: {
      ...(engine && { source: engine }),
      ...(before && { reference: before }),
      ...(after && { artifact: after }),
    },
  };
}

/** Float model and artifact in turn, on all cores; one after the other where one is too large to be loaded as a whole. */
export async function latency(
  { reference, artifact }: Pick<Measured, 'reference' | 'artifact'>,
  samples: SampleSource,
  { runtime, host, progress, signal }: Ports,
  options = BENCHMARK_DEFAULTS,
): Promise<{ readonly result: Benchmark; readonly notes?: readonly string[] }> {
  progress({ stage: 'benchmarking', fraction: 0, message: 'latency' });
  const models = [
    { id: CONTESTANTS.reference, open: () => open(reference) },
    { id: CONTESTANTS.artifact, open: () => open(artifact) },
  ];
  const sessions: Session[] = [];
  const open = (path: string): Promise<Session> =>
    runtime.open(path, { optimization: 'all', threads: host.cores });
  try {
    for (const model of models) {
      const session = await model.open();
      sessions.push(session);
      if (session.pieces) break;
    }
    if (!sessions.some(({ pieces }) => pieces)) {
      const feeds = Array.from({ length: Math.min(samples.count, SAMPLES) }, (_, index) =>
        samples.feeds(index),
      );
      const contestants = models.map(({ id }, which) => ({
        id,
        run: (index: number) => sessions[which]!.run(feeds[index]!),
      }));
      return { result: await benchmark(contestants, feeds.length, () => host.now(), signal, options) };
    }
  } finally {
    for (const session of sessions) await session.close();
  }
  return latencyInPieces(models, samples.feeds(0), host, signal, options);
}

/** By itself, so that a slow engine in JavaScript does not disturb what is compared. */
async function sourceLatency(
  path: string,
  samples: SampleSource,
  { sourceRuntime, host, progress, signal }: Ports,
): Promise<Latency | undefined> {
  progress({ stage: 'benchmarking', fraction: 0.5, message: 'latency on the own engine' });
  const session = await sourceRuntime?.open(path, { optimization: 'all' });
  if (!session) return undefined;
  try {
    const feeds = samples.feeds(0);
    const contestant = { id: CONTESTANTS.source, run: () => session.run(feeds) };
    const result = await benchmark([contestant], 1, () => host.now(), signal, SOURCE_BENCHMARK);
    return result.latencies[0];
  } finally {
    await session.close();
  }
}
