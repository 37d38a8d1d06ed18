/** Half-precision floats: half the bytes, about three decimal digits. */

import { Type } from 'typebox';
import { Observers } from '../../calibration/observers.ts';
import { planFloat16 } from '../float16-plan.ts';
import { lowerToFloat16 } from '../lowerings/cast.ts';
import type { Method } from '../method.ts';
import { FilterOptions, nodeFilter } from '../node-filter.ts';

const options = Type.Object({ ...FilterOptions }, { additionalProperties: false });

/** Since opset 13 the common operators take float16 in every form that was float32. */
const FLOAT16_OPSET = 13;

export const float16: Method<typeof options> = {
  id: 'float16',
  title: 'Float16',
  summary:
    'Weights and computations in half precision, inputs and outputs as before: half the size, nearly no error. Meant for GPUs and NPUs; CPUs compute it in float32.',
  options,
  data: 'none',
  opset: () => FLOAT16_OPSET,
  observers: () => new Observers(),
  plan: ({ model, options: o, released }) => planFloat16(model, nodeFilter(o, released)),
  lower: lowerToFloat16,
};
