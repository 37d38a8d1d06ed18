/** No quantization: the imported and optimised float model itself, verified and measured like any other artifact. */

import { Observers } from '../../calibration/observers.ts';
import { walkNodes } from '../../ir/walk.ts';
import { Type } from '../../schema.ts';
import type { Method } from '../method.ts';
import type { NodeDecision } from '../plan.ts';

const options = Type.Object({}, { additionalProperties: false });

export const convert: Method<typeof options> = {
  id: 'convert',
  title: 'Float ONNX',
  summary: 'The float model after import and folding, nothing quantized: Keras to ONNX, or a clean baseline.',
  options,
  data: 'none',
  observers: () => new Observers(),
  plan({ model }) {
    const decision: NodeDecision = {
      action: 'float',
      reason: { code: 'excluded', text: 'the method "convert" quantizes nothing' },
    };
    return {
      activations: new Map(),
      nodes: new Map([...walkNodes(model.graph)].map(({ node }) => [node.name, decision])),
    };
  },
  lower() {},
};
