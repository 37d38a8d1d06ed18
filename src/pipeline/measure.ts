/** Stage "benchmarking": latency of float and artifact in turn in this process, memory of each in one of its own. */
import { benchmark } from './benchmark.ts';
import type { MemoryFigures, Ports, SampleSource, Session } from './ports.ts';
import { CONTESTANTS, type StageResults } from './stage-results.ts';

/** Samples that the runs go through in turn. */
const SAMPLES = 16;

export interface Measurements {
  readonly benchmark?: NonNullable<StageResults['benchmark']>;
  readonly memory: { readonly reference?: MemoryFigures; readonly artifact?: MemoryFigures };
}

export async function measure(
  reference: string,
  artifact: string,
  samples: SampleSource,
  ports: Ports,
): Promise<Measurements> {
  const { host, progress, signal } = ports;
  const threads = host.cores;
  const result = await latency(reference, artifact, samples, threads, ports);
  progress({ stage: 'benchmarking', fraction: 0.6, message: 'memory of the float model' });
  const feeds = samples.feeds(0);
  const before = await host.measureMemory(reference, feeds, signal);
  progress({ stage: 'benchmarking', fraction: 0.8, message: 'memory of the artifact' });
  const after = await host.measureMemory(artifact, feeds, signal);
  return {
    benchmark: { result, threads },
    memory: { ...(before && { reference: before }), ...(after && { artifact: after }) },
  };
}

async function latency(
  reference: string,
  artifact: string,
  samples: SampleSource,
  threads: number,
  { runtime, host, progress, signal }: Ports,
) {
  progress({ stage: 'benchmarking', fraction: 0, message: 'latency' });
  const open = { optimization: 'all', threads } as const;
  const feeds = Array.from({ length: Math.min(samples.count, SAMPLES) }, (_, index) => samples.feeds(index));
  const sessions: Session[] = [];
  try {
    for (const path of [reference, artifact]) sessions.push(await runtime.open(path, open));
    const contestants = [CONTESTANTS.reference, CONTESTANTS.artifact].map((id, which) => ({
      id,
      run: (index: number) => sessions[which]!.run(feeds[index]!),
    }));
    return await benchmark(contestants, feeds.length, () => host.now(), signal);
  } finally {
    for (const session of sessions) await session.close();
  }
}
