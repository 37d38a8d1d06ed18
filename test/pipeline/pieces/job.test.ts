/** A whole job whose models are loaded piece by piece, beside the same job with models loaded as a whole. */
import { describe, expect, it } from 'vitest';
import { buildModel, noiseTensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';

const WIDTH = 64;

/** Blocks as networks have them; no value crosses from one to the next but their result. */
function blocks(count: number) {
  const names = Array.from({ length: count }, (_, i) => i);
  return buildModel({
    inputs: { x: ['float32', ['N', WIDTH]] },
    initializers: Object.fromEntries(
      names.flatMap(i => [
        [`w${i}`, noiseTensor([WIDTH, WIDTH], i + 1, x => x / 4)],
        [`b${i}`, noiseTensor([WIDTH], i + 100)],
      ]),
    ),
    nodes: names.flatMap(i => [
      { op: 'MatMul', in: [i === 0 ? 'x' : `y${i - 1}`, `w${i}`], out: [`m${i}`] },
      { op: 'Add', in: [`m${i}`, `b${i}`], out: [`a${i}`] },
      { op: 'Tanh', in: [`a${i}`], out: [`y${i}`] },
    ]),
    outputs: { [`y${count - 1}`]: ['float32', ['N', WIDTH]] },
  });
}

const loadLimits = { whole: 8 * 4 * WIDTH * WIDTH, piece: 3 * 4 * WIDTH * WIDTH, spill: 2 ** 20 };

describe.each([
  ['weight-only-int8', { accuracyLevel: 0 }, true],
  ['static-int8', {}, false],
] as const)('%s', (type, options, benchmark) => {
  it('gives the same artifact and the same figures', async () => {
    const method = { type, ...options };
    const whole = await quantizeGraph(blocks(10), method);
    const pieced = await quantizeGraph(blocks(10), method, { benchmark }, { loadLimits });
    expect(Buffer.compare(pieced.bytes, whole.bytes)).toBe(0);
    const [expected] = whole.report.outputs;
    const [output] = pieced.report.outputs;
    expect(output?.sqnrDbUnoptimized).toBe(expected?.sqnrDbUnoptimized);
    // Optimised, it depends on where the runtime may fuse.
    expect(Math.abs((output?.sqnrDb ?? 0) - (expected?.sqnrDb ?? 0))).toBeLessThan(1.5);
    const notes = pieced.report.warnings.join('\n');
    expect(notes).toMatch(/piece by piece \(float model [4-6], artifact \d\)/);
    expect(/Latency is the sum over the pieces .*float model in [4-6], artifact whole/.test(notes)).toBe(
      benchmark,
    );
    const { reference, artifact } = pieced.report.models;
    expect(reference.memory).toBeUndefined();
    expect(artifact.memory !== undefined).toBe(benchmark);
    expect(pieced.report.benchmark?.rounds).toBe(benchmark ? 1 : undefined);
    expect((reference.latency?.p50Ms ?? 0) > 0).toBe(benchmark);
    expect(whole.report.warnings.join('\n')).not.toContain('piece');
  });
});
