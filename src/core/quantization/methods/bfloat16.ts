/** Weights stored in bfloat16: the upper half of a float32, the whole range with two to three decimal digits. */

import { Observers } from '../../calibration/observers.ts';
import { Type } from '../../schema.ts';
import { planBfloat16 } from '../bfloat16-plan.ts';
import { lowerToBfloat16Storage } from '../lowerings/store-bfloat16.ts';
import type { Method } from '../method.ts';
import { FilterOptions, nodeFilter } from '../node-filter.ts';

const options = Type.Object({ ...FilterOptions }, { additionalProperties: false });

/** Cast knows bfloat16 since opset 13. */
const BFLOAT16_OPSET = 13;

export const bfloat16: Method<typeof options> = {
  id: 'bfloat16',
  title: 'BFloat16 weights',
  summary:
    'Weights stored in bfloat16, computed in float32: half the file, the speed of float32, no overflow whatever the range. Runs everywhere, CPUs included.',
  options,
  data: 'none',
  opset: () => BFLOAT16_OPSET,
  observers: () => new Observers(),
  plan: ({ model, options: o, released }) => planBfloat16(model, nodeFilter(o, released)),
  lower: lowerToBfloat16Storage,
};
