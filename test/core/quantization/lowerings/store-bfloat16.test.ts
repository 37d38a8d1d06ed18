/** bfloat16 storage, run by onnxruntime with optimisations on and off; the bits are those of ml_dtypes' cast in numpy. */
import { expect, test } from 'vitest';
import { elements, type Tensor } from '../../../../src/core/tensor/tensor.ts';
import { buildModel, noiseTensor, subgraph, tensor } from '../../../support/model-builder.ts';
import { quantizeGraph } from '../../../support/quantize-graph.ts';

const BFLOAT16 = { type: 'bfloat16' };
/** ml_dtypes 0.6: both ties go to the even neighbour, 1e-40 is subnormal, and 3.4e38 (infinite there) is clamped. */
const VALUES = [1.00390625, 1.01171875, -0.3, 65504, 1e-40, 2 ** -126, -0, 3.4e38];
const BITS = [0x3f80, 0x3f82, 0xbe9a, 0x4780, 0x0001, 0x0080, 0x8000, 0x7f7f];

const stored = (tensors: readonly (Tensor | undefined)[]) =>
  tensors.filter(one => one?.dtype === 'bfloat16') as readonly Tensor[];

test('constants are rounded to the nearest even, once for all readers, and cast back; the overflow is reported', async () => {
  const { artifact, report } = await quantizeGraph(
    buildModel({
      inputs: { x: ['float32', [8, 8]] },
      initializers: {
        k: tensor('float32', [8, 8], Array(8).fill(VALUES).flat()),
        small: tensor('float32', [8], VALUES),
      },
      nodes: [
        { op: 'Min', in: ['x', 'k'], out: ['y'] },
        { op: 'Max', in: ['x', 'k'], out: ['z'] },
        { op: 'Min', in: ['x', 'small'], out: ['s'] },
      ],
      outputs: { y: ['float32', [8, 8]], z: ['float32', [8, 8]], s: ['float32', [8, 8]] },
    }),
    BFLOAT16,
  );
  const [k, ...others] = stored(artifact.graph.initializers.map(({ initializer }) => initializer));
  expect(others).toEqual([]);
  expect([...elements(k!, 'bfloat16')].slice(0, 8)).toEqual(BITS);
  expect(artifact.graph.nodes.map(({ opType }) => opType).sort()).toEqual(['Cast', 'Max', 'Min', 'Min']);
  expect(report.warnings.join()).toContain('beyond bfloat16; they were clamped to 3.3895313892515355e+38');
  expect(artifact.graph.outputs.map(({ dtype }) => dtype)).toEqual(['float32', 'float32', 'float32']);
});

test('weights of subgraphs are stored where they belong', async () => {
  const { artifact, report } = await quantizeGraph(
    buildModel({
      opset: 17,
      inputs: { x: ['float32', [4, 16]], c: ['bool', []] },
      initializers: { w: noiseTensor([16, 16], 1) },
      nodes: [
        { op: 'MatMul', in: ['x', 'w'], out: ['a'] },
        {
          op: 'If',
          in: ['c'],
          out: ['y'],
          attrs: {
            then_branch: subgraph({
              initializers: { v: noiseTensor([16, 16], 2) },
              nodes: [{ op: 'MatMul', in: ['a', 'v'], out: ['t'] }],
              outputs: { t: ['float32', [4, 16]] },
            }),
            else_branch: subgraph({
              nodes: [{ op: 'MatMul', in: ['a', 'w'], out: ['e'] }],
              outputs: { e: ['float32', [4, 16]] },
            }),
          },
        },
      ],
      outputs: { y: ['float32', [4, 16]] },
    }),
    BFLOAT16,
  );
  expect(report.comparison.minSqnrDb).toBeGreaterThan(45);
  expect(report.structure.quantizedNodes).toBe(3);
  expect(stored(artifact.graph.initializers.map(({ initializer }) => initializer))).toHaveLength(1);
});

test('positions stay exact', async () => {
  const { artifact } = await quantizeGraph(
    buildModel({
      opset: 17,
      inputs: { x: ['float32', [1, 64, 8, 8]] },
      initializers: { w: noiseTensor([4, 64, 1, 1], 1), grid: noiseTensor([1, 4, 8, 2], 2) },
      nodes: [
        { op: 'Conv', in: ['x', 'w'], out: ['a'] },
        { op: 'GridSample', in: ['a', 'grid'], out: ['y'] },
      ],
      outputs: { y: ['float32', [1, 4, 4, 8]] },
    }),
    BFLOAT16,
  );
  const types = Object.fromEntries(artifact.graph.initializers.map(({ name, dtype }) => [name, dtype]));
  expect(types).toEqual({ w_bfloat16: 'bfloat16', grid: 'float32' });
});
