/** BatchNormalization behind ConvTranspose: the same numbers as onnxruntime's own, and left alone where it cannot go. */
import { expect, test } from 'vitest';
import type { Model } from '../../../src/core/ir/model.ts';
import { validate } from '../../../src/core/ir/validate.ts';
import { foldTransposedNorms } from '../../../src/core/passes/fold-transposed-norms.ts';
import { buildModel, float, type NodeSpec, noise, noiseTensor, tensor } from '../../support/model-builder.ts';
import { quantizeGraph } from '../../support/quantize-graph.ts';
import { feed, runModel, sqnrDb } from '../../support/run-model.ts';

const DIMS = [2, 4, 5, 5];

interface Given {
  readonly group?: number;
  readonly bias?: boolean;
  readonly norm?: NodeSpec['attrs'];
  readonly variance?: readonly number[];
  /** Nodes behind the normalized value n. */
  readonly more?: readonly NodeSpec[];
  readonly output?: string;
}

/** Four channels become six, in one or two groups. */
function upsampled({ group = 1, bias = true, norm = {}, variance, more = [], output = 'n' }: Given): Model {
  return buildModel({
    inputs: { x: ['float32', DIMS] },
    initializers: {
      w: noiseTensor([4, 6 / group, 3, 3], 2),
      b: noiseTensor([6], 3),
      scale: noiseTensor([6], 4),
      shift: noiseTensor([6], 5),
      mean: noiseTensor([6], 6),
      variance: tensor('float32', [6], variance ?? [0.1, 2, 1, 0.5, 3, 0.2]),
      v: noiseTensor([6, 6, 3, 3], 8),
    },
    nodes: [
      {
        op: 'ConvTranspose',
        in: bias ? ['x', 'w', 'b'] : ['x', 'w'],
        out: ['p'],
        attrs: { group, strides: [2, 2] },
      },
      { op: 'BatchNormalization', in: ['p', 'scale', 'shift', 'mean', 'variance'], out: ['n'], attrs: norm },
      ...more,
    ],
    outputs: { [output]: ['float32'] },
  });
}

test.each<readonly [string, Given]>([
  ['one group', {}],
  ['two groups', { group: 2 }],
  ['no bias', { bias: false }],
  ['an epsilon of its own', { norm: { epsilon: float(0.5) } }],
])('%s', async (_, given) => {
  const model = upsampled(given);
  const feeds = { x: feed(DIMS, noise(200, 7)) };
  const expected = (await runModel(model, feeds)).get('n')!;
  expect(foldTransposedNorms.run(model)).toEqual({ changed: 1 });
  validate(model);
  expect(model.graph.nodes.map(node => node.opType)).toEqual(['ConvTranspose']);
  expect(sqnrDb(expected, (await runModel(model, feeds)).get('n')!)).toBeGreaterThan(110);
});

test.each<readonly [string, Given]>([
  ['statistics of the batch', { norm: { training_mode: 1 } }],
  ['a variance without a root', { variance: [1, 1, -2, 1, 1, 1] }],
  ['a product that is read twice', { more: [{ op: 'Add', in: ['p', 'n'], out: ['y'] }], output: 'y' }],
])('not %s', (_, given) => {
  expect(foldTransposedNorms.run(upsampled(given))).toEqual({ changed: 0 });
});

test('the Relu behind it is done by the quantizer, and nothing stands in front of it', async () => {
  const model = upsampled({
    more: [
      { op: 'Relu', in: ['n'], out: ['r'] },
      { op: 'Conv', in: ['r', 'v'], out: ['y'] },
    ],
    output: 'y',
  });
  const { artifact, report } = await quantizeGraph(model, { type: 'static-int8' });
  const types = artifact.graph.nodes.map(node => node.opType);
  expect(types.filter(type => type === 'QuantizeLinear')).toHaveLength(3);
  expect(types).not.toContain('BatchNormalization');
  expect(types).not.toContain('Relu');
  expect(report.comparison.minSqnrDb).toBeGreaterThan(33);
});
