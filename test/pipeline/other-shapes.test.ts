import { expect, test } from 'vitest';
import { buildModel, noiseTensor, tensor } from '../support/model-builder.ts';
import { quantizeGraph } from '../support/quantize-graph.ts';

/** A detector in small: rows whose score lies above a threshold, and where the others are. */
const detector = () =>
  buildModel({
    opset: 17,
    inputs: { x: ['float32', [1024, 16]] },
    initializers: {
      w: noiseTensor([16, 8], 3),
      threshold: tensor('float32', [], [0.8]),
      axis: tensor('int64', [1], [1]),
    },
    nodes: [
      { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
      { op: 'ReduceMax', in: ['a'], out: ['score'], attrs: { axes: [1], keepdims: 0 } },
      { op: 'Greater', in: ['score', 'threshold'], out: ['taken'] },
      { op: 'Compress', in: ['a', 'taken'], out: ['rows'], attrs: { axis: 0 } },
      { op: 'NonZero', in: ['taken'], out: ['places'] },
    ],
    outputs: { rows: ['float32', ['taken', 8]], places: ['int64', [1, 'taken']] },
  });

test.each(['static-int8', 'dynamic-int8', 'weight-only-int4'])(
  'outputs whose length depends on values are compared, and the report says so: %s',
  async type => {
    const { report } = await quantizeGraph(detector(), { type });
    const said = report.warnings.filter(text => text.includes('it has another shape than fp32'));
    expect(said).toEqual([expect.stringContaining('"rows"'), expect.stringContaining('"places"')]);
    const [rows, places] = report.outputs;
    // Each such sample is all error, so that the gate on what a job without labels is held to cannot pass.
    expect(rows!.sqnrDb).toBeLessThan(20);
    expect(places!.agreement).toBeLessThan(1);
    expect(report.verdict).toBe('fail');
  },
);

test('a form that chooses the same rows is equal', async () => {
  const { report } = await quantizeGraph(detector(), { type: 'convert' });
  expect(report.outputs).toMatchObject([{ sqnrDb: 300 }, { agreement: 1 }]);
  expect(report.warnings.filter(text => text.includes('another shape'))).toEqual([]);
});
