import { expect, test } from 'vitest';
import { buildModel, noise, noiseTensor, tensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { bytesOf, runBytes } from '../../support/run-bytes.ts';
import { sqnrDb } from '../../support/run-model.ts';

/** The second channel's weights are a hundredth of the first's: one scale for both would leave it one bit. */
const PER_CHANNEL = 3 * 3 * 3;
const model = buildModel({
  opset: 17,
  inputs: { x: ['float32', [1, 3, 8, 8]] },
  initializers: {
    w: noiseTensor([2, 3, 3, 3], 7, (x, index) => (index < PER_CHANNEL ? x : x / 100)),
  },
  nodes: [{ op: 'Conv', in: ['x', 'w'], out: ['y'], attrs: { pads: [1, 1, 1, 1] } }],
  outputs: { y: ['float32', [1, 2, 8, 8]] },
});

test.each(['int8', 'uint8'])('a convolution of %s weights has a scale per channel', async weight => {
  const { bytes } = await quantizeGraph(model, { type: 'dynamic-int8', convolutions: true, weight });
  const feeds = {
    x: { dtype: 'float32', dims: [1, 3, 8, 8], data: Float32Array.from(noise(192, 3)) },
  } as const;
  const second = (data: unknown): Float32Array => (data as Float32Array).subarray(64);
  const [expected, got] = await Promise.all(
    [bytesOf(model), bytes].map(async each => second((await runBytes(each, feeds, 'all')).y?.data)),
  );
  expect(sqnrDb(expected!, got!)).toBeGreaterThan(38);
});

test.each([17, 21])('a table whose rows are reshaped loads, opset %i', async opset => {
  const table = buildModel({
    opset,
    inputs: { i: ['int64', [4]] },
    initializers: {
      t: noiseTensor([500, 64], 5),
      shape: tensor('int64', [2], [2, 128]),
    },
    nodes: [
      { op: 'Gather', in: ['t', 'i'], out: ['rows'] },
      { op: 'Reshape', in: ['rows', 'shape'], out: ['m'] },
      { op: 'Transpose', in: ['m'], out: ['y'] },
    ],
    outputs: { y: ['float32'] },
  });
  const { bytes, artifact } = await quantizeGraph(table, { type: 'dynamic-int8' });
  expect(artifact.graph.nodes.map(node => node.opType)).toContain('DequantizeLinear');
  const feeds = { i: { dtype: 'int64', dims: [4], data: BigInt64Array.of(0n, 7n, 499n, 3n) } } as const;
  const [expected, off, all] = await Promise.all([
    runBytes(bytesOf(table), feeds),
    runBytes(bytes, feeds, 'off'),
    runBytes(bytes, feeds, 'all'),
  ]);
  for (const { y } of [off, all])
    expect(sqnrDb(expected.y!.data as Float32Array, y!.data as Float32Array)).toBeGreaterThan(40);
});
