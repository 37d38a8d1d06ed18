/**
 * Every edge graph through every method: what comes out holds against onnxruntime's float result with optimisations on
 * and off, or the job is refused by name. An artifact that does not load or run would be `artifact_broken`, and fails here.
 */
import { describe, expect, test } from 'vitest';
import { type ErrorCode, isBitpressError } from '../../src/errors.ts';
import { EDGE_GRAPHS } from '../support/edge-graphs/index.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';
import { onThisHost } from '../support/saturation.ts';

/**
 * `floor`: dB. Uniform noise through one 8-bit quantizer keeps some 40 dB, and each further one adds its error: 33 is left
 * behind two convolutions and an interpolation. 4 bits in blocks keep 15 to 20. Weights only: MatMulNBits rounds its
 * activations to int8 in blocks, too.
 */
const METHODS = [
  { method: { type: 'static-int8' }, floor: 33 },
  { method: { type: 'static-int8', activation: 'uint16' }, floor: 33 },
  { method: { type: 'static-int8', format: 'qoperator' }, floor: 33 },
  { method: { type: 'static-int8', weight: 'int4' }, floor: 12 },
  { method: { type: 'dynamic-int8', convolutions: true }, floor: 33 },
  { method: { type: 'weight-only-int4', format: 'qdq' }, floor: 12 },
  { method: { type: 'weight-only-int4' }, floor: 12 },
  { method: { type: 'weight-only-int8' }, floor: 35 },
  { method: { type: 'float16' }, floor: 50 },
  { method: { type: 'bfloat16' }, floor: 42 },
] as const;

/** Models with nothing for a method to do, and inputs for which no random data can be made. */
const REFUSALS: readonly ErrorCode[] = ['nothing_quantized', 'model_unsupported'];

/** Numbers that a method's type cannot hold: the report must say that the gate is missed. */
const BEYOND: Readonly<Record<string, RegExp>> = {
  'weights that are subnormal': /^(?!float16)/,
};

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
      const { comparison, verdict } = result.report;
      if (BEYOND[name]?.test(method.type)) expect(verdict).toBe('fail');
      // Undefined where the output is zero on both sides, or equal to the last bit.
      else expect(comparison.minSqnrDb ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(onThisHost(floor));
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
