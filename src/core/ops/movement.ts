/** Operators that only move elements. */
import { elements } from '../tensor/tensor.ts';
import { firstInput, type MovementSpec, type OperatorFamily } from './operator.ts';

const move: MovementSpec = { role: 'movement', inputs: firstInput };

export const movement: OperatorFamily = {
  id: 'movement',
  operators: {
    Reshape: move,
    Flatten: move,
    Transpose: move,
    Squeeze: move,
    Unsqueeze: move,
    Identity: move,
    Slice: move,
    Split: move,
    Expand: move,
    Tile: move,
    DepthToSpace: move,
    SpaceToDepth: move,
    Gather: move,
    Resize: {
      role: 'movement',
      inputs: firstInput,
      // Cubic interpolation overshoots the range of its input; extrapolation puts in a value of its own.
      check: node => {
        if (node.string('mode', 'nearest') === 'cubic')
          return { code: 'range_not_covered', text: 'cubic Resize overshoots the range of its input' };
        if (node.string('coordinate_transformation_mode', '') === 'tf_crop_and_resize')
          return { code: 'range_not_covered', text: 'Resize that extrapolates' };
        return undefined;
      },
    },
    Pad: {
      role: 'movement',
      inputs: firstInput,
      // Zero is a code of every grid; another constant may lie outside the calibrated range.
      check: node => {
        if (node.string('mode', 'constant') !== 'constant') return undefined;
        const constant = node.inputs[2];
        const value = constant
          ? constant.initializer?.dtype === 'float32'
            ? elements(constant.initializer, 'float32')[0]
            : undefined
          : node.float('value', 0);
        return value === 0
          ? undefined
          : {
              code: 'range_not_covered',
              text: 'Pad with a constant other than zero may leave the calibrated range',
            };
      },
    },
  },
};
