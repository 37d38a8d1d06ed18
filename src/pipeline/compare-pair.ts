/**
 * Runs two models over the same samples at one optimisation level, compares every output and scores both.
 *
 * Outputs are paired by name, and by position where the names differ. Invariant: one sample's outputs are in memory.
 */
import type { RuntimeTensor, SampleSource, SessionValue, TensorMap } from '../core/data/samples.ts';
import { OutputComparison, type OutputFigures } from '../core/metrics/compare-outputs.ts';
import type { Metric, Scorer } from '../core/metrics/metric.ts';
import { BitpressError } from '../errors.ts';
import type { Optimization, Runtime, Session } from './ports.ts';

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
}

export interface PairResult {
  readonly samples: number;
  /** In the order of the reference's outputs. */
  readonly outputs: readonly { readonly name: string; readonly figures: OutputFigures }[];
  readonly scores: { readonly reference: number; readonly candidate: number } | undefined;
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
  const reference = await runtime.open(pair.reference, open);
  try {
    const candidate = await runtime.open(pair.candidate, open);
    try {
      return await run(reference, candidate, samples, options, signal);
    } finally {
      await candidate.close();
    }
  } finally {
    await reference.close();
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
  for (let index = 0; index < count; index++) {
    if (signal.aborted) throw new BitpressError('cancelled', 'cancelled while comparing outputs');
    const feeds = samples.feeds(index);
    const wanted = await reference.run(feeds);
    const got = await candidate.run(renamed(feeds, reference.inputs, candidate.inputs));
    outputs.forEach((names, each) => {
      comparisons[each]!.add(wanted[names.wanted]!, got[names.got]!);
    });
    if (scorers && scored) score(scorers, wanted[scored.wanted]!, got[scored.got]!, samples.label(index)!);
    options.onSample?.(index + 1, count);
    // Runs block the event loop; a timer or an abort can only come in between.
    await new Promise(resolve => setImmediate(resolve));
  }
  return {
    samples: count,
    outputs: outputs.map(({ wanted }, each) => ({ name: wanted, figures: comparisons[each]!.figures() })),
    scores: scorers && { reference: scorers[0]!.value(), candidate: scorers[1]!.value() },
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
