/**
 * Runs two models over the same samples at one optimisation level, compares every output and scores both.
 *
 * Outputs are paired by name, and by position where the names differ. Invariant: one sample's outputs are in memory, and
 * both models only where they may be: a model that is loaded piece by piece is not there while the other one runs.
 */
import type { RuntimeTensor, SampleSource, SessionValue, TensorMap } from '../core/data/samples.ts';
import { dimsFit } from '../core/ir/value.ts';
import { OutputComparison, type OutputFigures } from '../core/metrics/compare-outputs.ts';
import type { Metric, Scorer } from '../core/metrics/metric.ts';
import { BitpressError } from '../errors.ts';
import type { Optimization, Runtime, Session } from './ports.ts';
import { inPairs, runEach } from './run-each.ts';

export interface Pair {
  readonly reference: string;
  readonly candidate: string;
}

export interface PairOptions {
  readonly optimization: Optimization;
  readonly threads?: number;
  /** Compare this many samples; score all that are run. */
  readonly limit?: number;
  readonly scoring?: { readonly metric: Metric; readonly output: string } | undefined;
  readonly onSample?: (done: number, total: number) => void;
  /** Says whose fault it is that the candidate does not load or run; what the reference fails with is thrown as it is. */
  readonly blame?: (error: unknown) => never;
}

export interface PairResult {
  readonly samples: number;
  /** In the order of the reference's outputs. */
  readonly outputs: readonly OutputResult[];
  readonly scores: { readonly reference: number; readonly candidate: number } | undefined;
  /** Pieces that the models were run in; undefined where both were loaded as a whole. */
  readonly pieces?: { readonly reference: number; readonly candidate: number };
}

export interface OutputResult {
  readonly name: string;
  readonly figures: OutputFigures;
  /** A shape that the reference gave and does not declare. */
  readonly undeclared?: readonly number[];
}

/** Of the output that differs most; infinite where all are equal. */
export function lowestSqnrDb(outputs: PairResult['outputs']): number {
  return Math.min(...outputs.flatMap(({ figures }) => figures.sqnrDb ?? []));
}

export async function comparePair(
  runtime: Runtime,
  pair: Pair,
  samples: SampleSource,
  options: PairOptions,
  signal: AbortSignal,
): Promise<PairResult> {
  const open = {
    optimization: options.optimization,
    ...(options.threads !== undefined && { threads: options.threads }),
  };
  const sessions: Session[] = [];
  const load = async (path: string, sparing: boolean): Promise<Session> => {
    const session = await runtime.open(path, { ...open, sparing });
    sessions.push(session);
    return session;
  };
  try {
    let reference = await load(pair.reference, false);
    const candidate = await load(pair.candidate, reference.pieces !== undefined).catch(
      options.blame ?? rethrow,
    );
    if (candidate.pieces && !reference.pieces) {
      await sessions.shift()?.close();
      reference = await load(pair.reference, true);
    }
    return await run(reference, candidate, samples, options, signal);
  } finally {
    for (const session of sessions) await session.close();
  }
}

const rethrow = (error: unknown): never => {
  throw error;
};

async function* blaming(
  runs: AsyncIterable<TensorMap>,
  blame: (error: unknown) => never,
): AsyncIterable<TensorMap> {
  try {
    yield* runs;
  } catch (error) {
    blame(error);
  }
}

async function run(
  reference: Session,
  candidate: Session,
  samples: SampleSource,
  options: PairOptions,
  signal: AbortSignal,
): Promise<PairResult> {
  const outputs = pairOutputs(reference.outputs, candidate.outputs);
  const comparisons = outputs.map(() => new OutputComparison());
  const { scoring } = options;
  const scored = outputs.find(({ wanted }) => wanted === scoring?.output);
  const scorers = scored && scoring ? [scoring.metric.create(), scoring.metric.create()] : undefined;
  const count = Math.min(samples.count, options.limit ?? samples.count);
  const feeds = lastKept(index => samples.feeds(index));
  const candidateFeeds = (index: number): TensorMap =>
    renamed(feeds(index), reference.inputs, candidate.inputs);
  const runs = [
    runEach(reference, { count, feeds }, signal),
    blaming(runEach(candidate, { count, feeds: candidateFeeds }, signal), options.blame ?? rethrow),
  ] as const;
  const undeclared: (readonly number[] | undefined)[] = outputs.map(() => undefined);
  let index = 0;
  for await (const [wanted, got] of inPairs(...runs)) {
    outputs.forEach((names, each) => {
      const { dims } = wanted[names.wanted]!;
      comparisons[each]!.add(wanted[names.wanted]!, got[names.got]!);
      if (!declares(reference.outputs[each]!, dims)) undeclared[each] ??= dims;
    });
    if (scorers && scored) score(scorers, wanted[scored.wanted]!, got[scored.got]!, samples.label(index)!);
    index++;
    options.onSample?.(index, count);
  }
  return {
    samples: count,
    outputs: outputs.map(({ wanted }, each) => ({
      name: wanted,
      figures: comparisons[each]!.figures(),
      ...(undeclared[each] && { undeclared: undeclared[each] }),
    })),
    scores: scorers && { reference: scorers[0]!.value(), candidate: scorers[1]!.value() },
    ...((reference.pieces ?? candidate.pieces) && {
      pieces: { reference: reference.pieces?.count ?? 1, candidate: candidate.pieces?.count ?? 1 },
    }),
  };
}

/** No dimensions stand for a scalar and for an unknown rank alike. */
function declares({ dims }: SessionValue, real: readonly number[]): boolean {
  return !dims?.length || dimsFit(dims, real);
}

/** The feeds of the sample that was asked for last are there for the other model. */
function lastKept(feeds: (index: number) => TensorMap): (index: number) => TensorMap {
  let last: { readonly index: number; readonly feeds: TensorMap } | undefined;
  return index => {
    if (last?.index !== index) last = { index, feeds: feeds(index) };
    return last.feeds;
  };
}

function score(
  scorers: readonly Scorer[],
  wanted: RuntimeTensor,
  got: RuntimeTensor,
  label: RuntimeTensor,
): void {
  scorers[0]!.add(wanted, label);
  scorers[1]!.add(got, label);
}

export function pairOutputs(
  reference: readonly SessionValue[],
  candidate: readonly SessionValue[],
): readonly { readonly wanted: string; readonly got: string }[] {
  if (reference.length !== candidate.length)
    throw new BitpressError(
      'model_unsupported',
      `one model has ${reference.length} outputs, the other ${candidate.length}`,
      { hint: 'Models that are compared must have the same inputs and outputs.' },
    );
  const names = new Set(candidate.map(output => output.name));
  const byName = reference.every(output => names.has(output.name));
  return reference.map(({ name }, index) => ({ wanted: name, got: byName ? name : candidate[index]!.name }));
}

/** The same feeds under the candidate's input names. */
export function renamed(
  feeds: TensorMap,
  reference: readonly SessionValue[],
  candidate: readonly SessionValue[],
): TensorMap {
  if (candidate.every(input => feeds[input.name] !== undefined)) return feeds;
  if (reference.length !== candidate.length)
    throw new BitpressError(
      'model_unsupported',
      `one model has ${reference.length} inputs, the other ${candidate.length}`,
    );
  return Object.fromEntries(candidate.map(({ name }, index) => [name, feeds[reference[index]!.name]!]));
}
