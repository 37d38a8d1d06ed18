/** Graphs at the edges of the ONNX specification, by name; each is made when it is asked for. Random weights. */
import type { Model } from '../../../src/core/ir/model.ts';
import { COMBINED } from './combined.ts';
import { CONTROL_FLOW } from './control-flow.ts';
import { NUMBERS } from './numbers.ts';
import { OPERATORS } from './operators.ts';
import { SHAPES } from './shapes.ts';
import { SHARED_WEIGHTS } from './shared-weights.ts';

export const EDGE_GRAPHS: Readonly<Record<string, () => Model>> = {
  ...SHARED_WEIGHTS,
  ...SHAPES,
  ...NUMBERS,
  ...CONTROL_FLOW,
  ...OPERATORS,
  ...COMBINED,
};
