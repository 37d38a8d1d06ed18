/** Operators, modes and defaults that got another name or value. */
import { stringAttribute } from '../../../ir/attribute.ts';
import type { Adapter } from '../adapter.ts';

const GRID_MODES: Readonly<Record<string, string>> = { bilinear: 'linear', bicubic: 'cubic' };

export const RENAMED: readonly Adapter[] = [
  {
    id: 'Scatter-11',
    adapt(node) {
      node.opType = 'ScatterElements';
    },
  },
  {
    id: 'GridSample-20',
    adapt(node) {
      const mode = node.string('mode', 'bilinear');
      node.attributes.set('mode', stringAttribute(GRID_MODES[mode] ?? mode));
    },
  },
  {
    id: 'RoiAlign-16',
    // "output_half_pixel" is the rule of version 10; the default is now another.
    adapt(node) {
      node.attributes.set('coordinate_transformation_mode', stringAttribute('output_half_pixel'));
    },
  },
];
