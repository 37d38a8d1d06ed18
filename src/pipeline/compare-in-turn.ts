/**
 * Compares the outputs of two models that are never loaded at the same time: the first runs, its outputs are kept, it is
 * closed, the second runs. For few samples; comparePair holds both models and one sample's outputs.
 */

import type { RuntimeTensor, SampleSource, TensorMap } from '../core/data/samples.ts';
import { OutputComparison } from '../core/metrics/compare-outputs.ts';
import { type Pair, type PairResult, pairOutputs, renamed } from './compare-pair.ts';
import type { Optimization, Runtime, Session, SessionValue } from './ports.ts';
import { runEach } from './run-each.ts';

export interface TurnOptions {
  readonly optimization: Optimization;
  /** Samples at most: the reference's outputs of all of them are in memory. */
  readonly limit: number;
  /** For the second model, where it does not get what the first one gets. */
  readonly candidateSamples?: SampleSource;
  readonly candidateOptimization?: Optimization;
}

export async function compareInTurn(
  runtime: Runtime,
  pair: Pair,
  samples: SampleSource,
  { optimization, limit, candidateSamples = samples, candidateOptimization = optimization }: TurnOptions,
  signal: AbortSignal,
): Promise<PairResult['outputs']> {
  const count = Math.min(samples.count, limit);
  const runAll = async (session: Session, feeds: (index: number) => TensorMap): Promise<TensorMap[]> => {
    const results: TensorMap[] = [];
    for await (const result of runEach(session, { count, feeds }, signal)) results.push(result);
    return results;
  };
  const reference = await withSession(runtime, pair.reference, optimization, async session => ({
    inputs: session.inputs,
    outputs: session.outputs,
    results: await runAll(session, index => samples.feeds(index)),
  }));
  return withSession(runtime, pair.candidate, candidateOptimization, async session => {
    const feeds = (index: number): TensorMap =>
      renamed(candidateSamples.feeds(index), reference.inputs, session.inputs);
    const results = await runAll(session, feeds);
    return figures(reference, session.outputs, results);
  });
}

function figures(
  reference: { readonly outputs: readonly SessionValue[]; readonly results: readonly TensorMap[] },
  outputs: readonly SessionValue[],
  results: readonly TensorMap[],
): PairResult['outputs'] {
  return pairOutputs(reference.outputs, outputs).map(({ wanted, got }) => {
    const comparison = new OutputComparison();
    results.forEach((result, index) => {
      comparison.add(reference.results[index]?.[wanted] as RuntimeTensor, result[got] as RuntimeTensor);
    });
    return { name: wanted, figures: comparison.figures() };
  });
}

async function withSession<Result>(
  runtime: Runtime,
  path: string,
  optimization: Optimization,
  use: (session: Session) => Promise<Result>,
): Promise<Result> {
  const session = await runtime.open(path, { optimization });
  try {
    return await use(session);
  } finally {
    await session.close();
  }
}
