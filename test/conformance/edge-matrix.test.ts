/**
 * Every edge graph through every method: what comes out holds against onnxruntime's float result with optimisations on
 * and off, or the job is refused by name. An artifact that does not load or run would be `artifact_broken`, and fails here.
 * Where so many grids in series cannot keep 35 dB, a job that asks for them by its gate gets them by repair.
 */
import { describe, expect, test } from 'vitest';
import { type ErrorCode, isBitpressError } from '../../src/errors.ts';
import { sumsSaturate } from '../../src/pipeline/dot-products.ts';
import { describeHost } from '../../src/platform/host.ts';
import { EDGE_GRAPHS } from '../support/edge-graphs/index.ts';
import { gridsOf, noiseBound } from '../support/noise-bound.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';
import { onThisHost } from '../support/saturation.ts';

/**
 * `floor`: dB. 8 bits: 35, or what so many grids in series can keep (noise-bound.ts) where that is less: 34.3 for three of
 * activations and two of weights on a CPU whose sums saturate. 4 bits in blocks keep 15 to 20. Weights only: MatMulNBits rounds
 * its activations to int8 in blocks, too.
 */
const METHODS = [
  { method: { type: 'static-int8' }, floor: 35 },
  { method: { type: 'static-int8', activation: 'uint16' }, floor: 35 },
  { method: { type: 'static-int8', format: 'qoperator' }, floor: 35 },
  { method: { type: 'static-int8', weight: 'int4' }, floor: 12 },
  { method: { type: 'dynamic-int8', convolutions: true }, floor: 35 },
  { method: { type: 'weight-only-int4', format: 'qdq' }, floor: 12 },
  { method: { type: 'weight-only-int4' }, floor: 12 },
  { method: { type: 'weight-only-int8' }, floor: 35 },
  { method: { type: 'float16' }, floor: 50 },
  { method: { type: 'bfloat16' }, floor: 42 },
] as const;

/** Of weights: the guard may take a bit where sums saturate. */
const largestCode = sumsSaturate(describeHost()) ? 64 : 127;
/** Tails are longer than those of normal numbers where few products are added up: up to 0.9 dB were seen. */
const RANGES_DB = 1;

/** Models with nothing for a method to do, and inputs for which no random data can be made. */
const REFUSALS: readonly ErrorCode[] = ['nothing_quantized', 'model_unsupported'];

/** Numbers that a method's type cannot hold: the report must say that the gate is missed. */
const BEYOND: Readonly<Record<string, RegExp>> = {
  'weights that are subnormal': /^(?!float16)/,
};

/** Values of so long a tail that no 8-bit grid holds them: the report must name them. */
const BADLY_HELD: Readonly<Record<string, { readonly value: string; readonly floor: number }>> = {
  // A quotient by exp(q): 26 dB of its own where the grid is fixed; a grid for each input and 7 bits of weights 33.
  'a convolution of a quotient by an exponential': { value: 'p', floor: 25 },
};
/** A weight that is applied so many times makes the same error each time. */
const TURNS: Readonly<Record<string, number>> = { 'a Loop of six contracting turns': 6 };

async function expectRepair(name: string, method: Record<string, unknown>): Promise<void> {
  const gates = { minSqnrDb: 35 };
  const { report } = await quantizeGraph(EDGE_GRAPHS[name]!(), method, { gates, repair: true });
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(gates.minSqnrDb);
  expect(report.verdict).toBe('pass');
}

/** Static on every graph, the others in turn; all of them on all graphs with BITPRESS_EDGE_ALL=1. */
const names = Object.keys(EDGE_GRAPHS);
const chosen = (at: number): readonly string[] =>
  at === 0 || process.env.BITPRESS_EDGE_ALL === '1'
    ? names
    : names.filter((_, index) => index % (METHODS.length - 1) === at - 1);

describe.each(METHODS.map((row, at) => ({ ...row, graphs: chosen(at) })))(
  '$method',
  ({ method, floor, graphs }) => {
    test.each(graphs)('%s', async name => {
      const result = await quantizeGraph(EDGE_GRAPHS[name]!(), method).catch((error: unknown) => {
        if (isBitpressError(error) && REFUSALS.includes(error.code)) return undefined;
        throw error;
      });
      if (!result) return;
      const { comparison, verdict, advice } = result.report;
      // Undefined where the output is zero on both sides, or equal to the last bit.
      const found = comparison.minSqnrDb ?? Number.POSITIVE_INFINITY;
      const held = /int8$/.test(method.type) && !('weight' in method) ? BADLY_HELD[name] : undefined;
      if (BEYOND[name]?.test(method.type)) expect(verdict).toBe('fail');
      else if (held && found < floor - RANGES_DB) {
        if (method.type === 'static-int8') expect(advice.join(' ')).toContain(`the value "${held.value}" at`);
        expect(found).toBeGreaterThan(held.floor);
        await expectRepair(name, method);
      } else if (found < floor) {
        expect(found).toBeGreaterThanOrEqual(
          noiseBound(gridsOf(result), largestCode, TURNS[name]) - RANGES_DB,
        );
        await expectRepair(name, method);
      }
    });
  },
);

/** Pairs that once gave a model that does not run, or runs wrongly. */
test.each([
  ['Conv with dilations and uneven pads', { type: 'dynamic-int8', convolutions: true }],
  ['a Conv in three groups of uneven use', { type: 'dynamic-int8', convolutions: true, weight: 'uint8' }],
  ['a bias that is the output of another branch', { type: 'dynamic-int8', convolutions: true }],
  ['an If with a weight of its own in each branch', { type: 'weight-only-int8', format: 'qdq' }],
  ['sequences and optionals beside the path', { type: 'convert' }],
  // onnxruntime makes the float bias int32 when it optimises, and let it overflow: 7 dB.
  ['a bias far larger than its channel', { type: 'static-int8', activation: 'uint16' }],
  ['a bias far larger than its channel', { type: 'static-int8', bias: 'float' }],
])('%s: %o', async (name, method) => {
  const { report } = await quantizeGraph(EDGE_GRAPHS[name]!(), method);
  expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(onThisHost(35));
});
