/** Single layers with a constant weight, of each kind that helpers look at. */
import type { Model } from '../../src/core/ir/model.ts';
import type { Tensor } from '../../src/core/tensor/tensor.ts';
import { buildModel, type NodeSpec } from './model-builder.ts';

export interface LayerCase {
  readonly op: NodeSpec['op'];
  readonly xDims: readonly number[];
  readonly wDims: readonly number[];
  /** Of the weight's output channels; undefined for one scale. */
  readonly axis: number | undefined;
  readonly attrs?: NodeSpec['attrs'];
}

export const LAYERS: Readonly<Record<string, LayerCase>> = {
  'a convolution, one scale per channel': {
    op: 'Conv',
    xDims: [1, 4, 12, 12],
    wDims: [6, 4, 3, 3],
    axis: 0,
    attrs: { pads: [1, 1, 1, 1] },
  },
  'groups, one scale': {
    op: 'Conv',
    xDims: [1, 6, 12, 12],
    wDims: [4, 3, 3, 3],
    axis: undefined,
    attrs: { group: 2, strides: [2, 2] },
  },
  MatMul: { op: 'MatMul', xDims: [4, 20, 16], wDims: [16, 6], axis: 1 },
  'Gemm with transB': { op: 'Gemm', xDims: [60, 16], wDims: [6, 16], axis: 0, attrs: { transB: 1 } },
};

/** x through the layer to y. */
export const layerModel = ({ op, xDims, attrs = {} }: LayerCase, w: Tensor): Model =>
  buildModel({
    inputs: { x: ['float32', xDims] },
    outputs: { y: ['float32'] },
    initializers: { w },
    nodes: [{ op, in: ['x', 'w'], out: ['y'], attrs }],
  });
