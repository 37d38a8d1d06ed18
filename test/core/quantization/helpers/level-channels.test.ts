/** A network whose channels differ in size computes what an even one does; it must come out as close to float. */
import { expect, test } from 'vitest';
import { levelChannels } from '../../../../src/core/quantization/helpers/level-channels.ts';
import { betterInFloat } from '../../../../src/core/quantization/static/better-in-float.ts';
import { selectNodes } from '../../../../src/core/quantization/static/selection.ts';
import { buildModel, type ModelSpec, noise, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';
import { typedModel } from '../../../support/run-model.ts';

const CHANNELS = 64;
const KERNEL = 9;

/** Channel c is 2^(c % 8) times as large under `uneven`, and the last weights make up for it. */
function network(uneven: boolean, alsoInCodes = false): ModelSpec {
  const size = (c: number): number => (uneven ? 2 ** (c % 8) : 1);
  const each = CHANNELS * KERNEL;
  const first = noise(CHANNELS * each).map((w, i) => w * size(Math.floor(i / each)));
  const last = noise(each, 2).map((w, i) => w / size(Math.floor(i / KERNEL)));
  const attrs = { pads: [1, 1, 1, 1] };
  return {
    inputs: { x: ['float32', [1, CHANNELS, 8, 8]] },
    initializers: {
      a: tensor('float32', [CHANNELS, CHANNELS, 3, 3], first),
      b: tensor('float32', [1, CHANNELS, 3, 3], last),
      c: tensor('float32', [CHANNELS, CHANNELS, 3, 3], first),
    },
    nodes: [
      { op: 'Conv', in: ['x', 'a'], out: ['p'], attrs },
      { op: 'LeakyRelu', in: ['p'], out: ['r'], attrs: { alpha: 0.1 } },
      { op: 'Conv', in: ['r', 'b'], out: ['y'], attrs },
      ...(alsoInCodes ? [{ op: 'Conv', in: ['r', 'c'], out: ['z'], attrs }] : []),
    ],
    outputs: { y: ['float32'], ...(alsoInCodes && { z: ['float32'] }) },
  };
}

test('channels of sizes from 1 to 128 are as close to float as even ones', async () => {
  const sqnr = async (uneven: boolean): Promise<number> => {
    const model = await typedModel(buildModel(network(uneven)));
    const { report } = await quantizeGraph(model, { type: 'static-int8' });
    return report.comparison.minSqnrDb!;
  };
  const [even, uneven] = [await sqnr(false), await sqnr(true)];
  expect(even).toBeGreaterThan(35);
  expect(uneven).toBeGreaterThan(even - 1);
});

test('what a quantized layer reads too is not looked at', async () => {
  const watched = async (alsoInCodes: boolean) => {
    const { graph } = await typedModel(buildModel(network(true, alsoInCodes)));
    return levelChannels(each => selectNodes(each, betterInFloat(each))).watch(graph).names;
  };
  expect(await watched(false)).toEqual(['p', 'r']);
  expect(await watched(true)).toEqual([]);
});
