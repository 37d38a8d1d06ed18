/** Every breaking change that can be followed, by operator and opset. */
import { registry } from '../../../../registry.ts';
import { ATTRIBUTES_TO_INPUTS } from './attributes-to-inputs.ts';
import { INFERENCE } from './inference.ts';
import { RENAMED } from './renamed.ts';
import { RESIZE } from './resize.ts';
import { SOFTMAX } from './softmax.ts';

export const ADAPTERS = registry('opset adapters', [
  ...ATTRIBUTES_TO_INPUTS,
  ...INFERENCE,
  ...RENAMED,
  ...RESIZE,
  ...SOFTMAX,
]);
