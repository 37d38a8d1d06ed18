import { expect, test } from 'vitest';
import { buildModel, noiseTensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

/** A product of tokens with what is kept of earlier ones, under a mask of the length that exporters write. */
const decoder = (past: string, total: string) =>
  buildModel({
    opset: 17,
    inputs: {
      x: ['float32', ['batch', 'sequence', 16]],
      mask: ['float32', ['batch', 'sequence', total]],
      cache: ['float32', ['batch', past, 16]],
    },
    initializers: { w: noiseTensor([16, 16], 3) },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['k'] },
      { op: 'Concat', in: ['cache', 'k'], out: ['keys'], attrs: { axis: 1 } },
      { op: 'Transpose', in: ['keys'], out: ['t'], attrs: { perm: [0, 2, 1] } },
      { op: 'MatMul', in: ['x', 't'], out: ['scores'] },
      { op: 'Add', in: ['scores', 'mask'], out: ['y'] },
    ],
    outputs: { y: ['float32', ['batch', 'sequence', total]] },
  });

test.each(['static-int8', 'dynamic-int8', 'weight-only-int8'])(
  'a decoder runs on random data in its first step: %s',
  async type => {
    const model = decoder('past_sequence', 'past_sequence + sequence');
    const { report } = await quantizeGraph(model, { type });
    expect(report.comparison.minSqnrDb).toBeGreaterThanOrEqual(35);
  },
);

test('where names do not tell how inputs fit together, data is asked for', async () => {
  await expect(quantizeGraph(decoder('p', 't'), { type: 'static-int8' })).rejects.toMatchObject({
    code: 'model_run_failed',
    hint: expect.stringContaining('send a calibration or an evaluation dataset'),
  });
});
