import { expect, test } from 'vitest';
import { buildModel, noise, noiseTensor } from '../../support/model-builder.ts';
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
