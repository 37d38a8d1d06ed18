/** Weight-only quantization in 4 or 8 bits: one method for each width, from one description. */

import type { Static } from 'typebox';
import { BitpressError } from '../../../errors.ts';
import { Observers } from '../../calibration/observers.ts';
import { Type } from '../../schema.ts';
import type { BlockBits } from '../block-rtn.ts';
import { literals } from '../literals.ts';
import { lowerToMatMulNBits } from '../lowerings/weight-only.ts';
import { BLOCKED_QDQ_OPSET, lowerToBlockedQdq } from '../lowerings/weight-only-qdq.ts';
import type { Method } from '../method.ts';
import { FilterOptions, nodeFilter } from '../node-filter.ts';
import { ALGORITHMS, fitOf } from '../rounding/algorithms.ts';
import { BLOCK_SIZES } from '../static/types.ts';
import { planWeightOnly, type WeightOnlyTypes } from '../weight-only-plan.ts';
import { weightOnlyRoundings } from '../weight-only-roundings.ts';

const DEFAULT_BLOCK_SIZE = 32;
/** int8: the only level with an 8-bit kernel on x64, and what onnxruntime takes for the same model in plain ONNX. */
const DEFAULT_ACCURACY_LEVEL = 4;
const DEFAULT_FORMAT = 'matmulnbits';

const DEFAULT_EMBEDDINGS = 'int8';
const TABLE_BITS = { float: undefined, int4: 4, int8: 8 } as const;

const options = Type.Object(
  {
    algorithm: Type.Optional(
      literals(ALGORITHMS, {
        description:
          'How weights are rounded: rtn to nearest; hqq and k-quant on grids that are searched for; gptq so that errors cancel on calibration data. Left out: gptq where calibration data is given, else rtn',
      }),
    ),
    embeddings: Type.Optional(
      Type.Union([Type.Literal('int8'), Type.Literal('int4'), Type.Literal('float')], {
        default: DEFAULT_EMBEDDINGS,
        description:
          'Tables that Gather takes rows of, such as embeddings of tokens; int4 as matmulnbits only',
      }),
    ),
    blockSize: Type.Optional(
      literals(BLOCK_SIZES, {
        default: DEFAULT_BLOCK_SIZE,
        description: 'Weights that share a scale: smaller is closer to float, larger takes fewer bytes',
      }),
    ),
    symmetric: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'One zero point for all blocks instead of one for each: fewer bytes, a larger error',
      }),
    ),
    format: Type.Optional(
      Type.Union([Type.Literal('matmulnbits'), Type.Literal('qdq')], {
        default: DEFAULT_FORMAT,
        description:
          'matmulnbits: the operator of onnxruntime; qdq: DequantizeLinear with blocks, which is plain ONNX of opset 21',
      }),
    ),
    accuracyLevel: Type.Optional(
      Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(4)], {
        default: DEFAULT_ACCURACY_LEVEL,
        description:
          'Precision of activations inside MatMulNBits: 4 int8, in blocks, fastest on CPUs; 1 float32, slower, and with 8-bit weights many times slower than float; 0 leaves it to the runtime, which takes 1',
      }),
    ),
    ...FilterOptions,
  },
  { additionalProperties: false },
);
type Options = Static<typeof options>;

const formatOf = (o: Options): 'matmulnbits' | 'qdq' => o.format ?? DEFAULT_FORMAT;

function weightOnly(bits: BlockBits): Method<typeof options> {
  const typesOf = (o: Options): WeightOnlyTypes => ({
    bits,
    blockSize: o.blockSize ?? DEFAULT_BLOCK_SIZE,
    symmetric: o.symmetric ?? false,
    fit: fitOf(o.algorithm ?? 'rtn'),
    decodedRows: formatOf(o) === 'qdq',
    tableBits: TABLE_BITS[o.embeddings ?? DEFAULT_EMBEDDINGS],
  });
  return {
    id: `weight-only-int${bits}`,
    title: `Weight-only INT${bits}`,
    summary: `Matrices of MatMul and Gemm in blocks of ${bits}-bit weights, activations in float: for language models and other large matrices. Calibration data makes the weights fit it (GPTQ).`,
    options,
    data: 'optional',
    dataOf: o => (o.algorithm === undefined ? 'optional' : o.algorithm === 'gptq' ? 'real' : 'none'),
    check(o) {
      if (formatOf(o) === 'qdq' && o.embeddings === 'int4')
        throw new BitpressError('invalid_spec', 'plain ONNX has no Gather of 4-bit tables', {
          field: 'method.embeddings',
          hint: 'Use "embeddings": "int8", or "format": "matmulnbits".',
        });
    },
    observers: () => new Observers(),
    roundings: ({ model, options: o, released }) =>
      (o.algorithm ?? 'gptq') === 'gptq'
        ? weightOnlyRoundings(model, nodeFilter(o, released), typesOf(o))
        : [],
    plan: ({ model, options: o, released, rounded }) =>
      planWeightOnly(model, nodeFilter(o, released), typesOf(o), rounded),
    opset: o => (formatOf(o) === 'qdq' ? BLOCKED_QDQ_OPSET : 0),
    lower: (model, plan, o) =>
      formatOf(o) === 'qdq'
        ? lowerToBlockedQdq(model, plan)
        : lowerToMatMulNBits(model, plan, o.accuracyLevel ?? DEFAULT_ACCURACY_LEVEL),
  };
}

export const weightOnlyInt4: Method<typeof options> = weightOnly(4);
export const weightOnlyInt8: Method<typeof options> = weightOnly(8);
