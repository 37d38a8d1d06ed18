/**
 * Proves by running both that a model computes what it was made from, and tells a step that went wrong from a model in
 * which rounding alone decides: there the outputs also change when the inputs change in their last bit, or when
 * onnxruntime optimises the model by itself.
 */
import type { SampleSource, TensorMap } from '../core/data/samples.ts';
import { BitpressError } from '../errors.ts';
import { compareInTurn } from './compare-in-turn.ts';
import type { PairResult } from './compare-pair.ts';
import type { Optimization, Ports } from './ports.ts';

/** Equal models differ by the rounding of float32 sums in another order, which is far above this. */
const EQUAL_DB = 60;
/** A change of so much more than that of the last bits may still be rounding: it adds up over a long sum. */
const ADDED_UP_DB = 30;
const PROOF_SAMPLES = 2;
/** Of one in the last place of a float32. */
const LAST_BIT = 2 ** -23;

type Output = PairResult['outputs'][number];

export interface EqualPair {
  /** Two model files. */
  readonly reference: string;
  readonly candidate: string;
  readonly samples: SampleSource;
}

/** @throws BitpressError artifact_broken where the outputs differ by more than rounding, model_ill_conditioned where that is a lot */
export async function proveEqual(pair: EqualPair, during: string, ports: Ports): Promise<void> {
  const changed = (await compare(pair, {}, ports)).find(output => !isEqual(output));
  if (!changed) return;
  const said = `output "${changed.name}" changed while ${during} (${show(changed)})`;
  const itself = { ...pair, candidate: pair.reference };
  for (const [by, options] of [
    ['a change of the inputs in their last bit', { candidateSamples: nudged(pair.samples) }],
    ["onnxruntime's own optimisation", { candidateOptimization: 'all' }],
  ] as const) {
    const noise = (await compare(itself, options, ports)).find(({ name }) => name === changed.name);
    if (noise && explains(noise, changed))
      throw new BitpressError('model_ill_conditioned', `${said}, and so does it by ${by} (${show(noise)})`, {
        node: changed.name,
      });
  }
  throw new BitpressError('artifact_broken', said, {
    hint: 'Please report the model: this step must not change what it computes.',
  });
}

function compare(
  { samples, ...pair }: EqualPair,
  candidate: { readonly candidateSamples?: SampleSource; readonly candidateOptimization?: Optimization },
  { runtime, signal }: Ports,
): Promise<readonly Output[]> {
  const options = { optimization: 'off', limit: PROOF_SAMPLES, ...candidate } as const;
  return compareInTurn(runtime, pair, samples, options, signal);
}

/** Integers have no noise: they are the same or they are not. */
const isEqual = ({ figures }: Output): boolean =>
  !figures.otherShapes &&
  (figures.sqnrDb === undefined ? figures.maxAbsError === 0 : figures.sqnrDb >= EQUAL_DB);

function explains(noise: Output, changed: Output): boolean {
  if (noise.figures.sqnrDb === undefined || changed.figures.sqnrDb === undefined) return !isEqual(noise);
  return changed.figures.sqnrDb >= noise.figures.sqnrDb - ADDED_UP_DB;
}

const show = ({ figures }: Output): string =>
  figures.sqnrDb === undefined ? `by up to ${figures.maxAbsError}` : `${figures.sqnrDb.toFixed(1)} dB`;

/** The same samples with each float32 one place up or down, in turn. */
function nudged(samples: SampleSource): SampleSource {
  const nudge = (x: number, index: number): number => x * (index % 2 === 0 ? 1 + LAST_BIT : 1 - LAST_BIT);
  return {
    ...samples,
    count: samples.count,
    feeds: (sample): TensorMap =>
      Object.fromEntries(
        Object.entries(samples.feeds(sample)).map(([name, tensor]) => [
          name,
          tensor.dtype === 'float32' ? { ...tensor, data: (tensor.data as Float32Array).map(nudge) } : tensor,
        ]),
      ),
    label: index => samples.label(index),
  };
}
