/** Dynamic quantization: weights in 8 bits, activations quantized at run time. */

import type { Static } from 'typebox';
import { Observers } from '../../calibration/observers.ts';
import { Type } from '../../schema.ts';
import { planDynamic } from '../dynamic-plan.ts';
import { DYNAMIC_OPSET, lowerToDynamic } from '../lowerings/dynamic.ts';
import type { Method } from '../method.ts';
import { FilterOptions, nodeFilter } from '../node-filter.ts';

const options = Type.Object(
  {
    weight: Type.Optional(
      Type.Union([Type.Literal('int8'), Type.Literal('uint8')], {
        default: 'int8',
        description: 'Type of weights',
      }),
    ),
    perChannel: Type.Optional(
      Type.Boolean({ default: true, description: 'One weight scale per output channel' }),
    ),
    convolutions: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Quantize convolutions too, although ConvInteger is slow on CPUs',
      }),
    ),
    reduceRange: Type.Optional(
      Type.Boolean({
        description: '7-bit weights, for CPUs whose 8-bit products saturate; left out, the target decides',
      }),
    ),
    ...FilterOptions,
  },
  { additionalProperties: false },
);

const typesOf = (o: Static<typeof options>) => ({
  weight: o.weight ?? ('int8' as const),
  perChannel: o.perChannel ?? true,
  convolutions: o.convolutions ?? false,
  reduceRange: o.reduceRange ?? false,
});

export const dynamicInt8: Method<typeof options> = {
  id: 'dynamic-int8',
  title: 'Dynamic INT8',
  summary:
    'Weights in 8 bits, activations quantized while the model runs: needs no data, best for transformers and LSTMs.',
  options,
  data: 'none',
  opset: () => DYNAMIC_OPSET,
  observers: () => new Observers(),
  plan: ({ model, options: o, released }) => planDynamic(model, nodeFilter(o, released), typesOf(o)),
  lower: lowerToDynamic,
};
