/** Half-precision floats: half the bytes, about three decimal digits. */

import { FiniteReach } from '../../calibration/finite-reach.ts';
import { Observers } from '../../calibration/observers.ts';
import { Type } from '../../schema.ts';
import { planFloat16 } from '../float16-plan.ts';
import { halfValues } from '../float16-reach.ts';
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
    'Weights and computations in half precision, inputs and outputs as before: half the size, nearly no error. Meant for GPUs and NPUs; CPUs compute it in float32. With data, what would overflow stays float32.',
  options,
  data: 'optional',
  opset: () => FLOAT16_OPSET,
  observers({ model, options: o, released }) {
    const plan = planFloat16(model, nodeFilter(o, released), () => 0);
    const observers = new Observers();
    for (const node of model.graph.nodes) {
      const decision = plan.nodes.get(node.name);
      if (decision?.action !== 'quantize') continue;
      for (const { name } of halfValues(node, decision)) observers.watch(name, new FiniteReach());
    }
    return observers;
  },
  plan: ({ model, options: o, released }, observers) =>
    planFloat16(
      model,
      nodeFilter(o, released),
      ({ name }) => observers.find(name, FiniteReach)?.largest ?? 0,
    ),
  lower: lowerToFloat16,
};
