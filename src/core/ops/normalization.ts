/** Normalizations stay float: they divide by a spread that 8 bits do not resolve, and have no 8-bit kernel on CPUs. */
import type { FloatSpec, OperatorFamily } from './operator.ts';

const float: FloatSpec = {
  role: 'float',
  why: 'a normalization divides by a spread that 8-bit values do not resolve',
};

export const normalization: OperatorFamily = {
  id: 'normalization',
  operators: {
    BatchNormalization: float,
    LayerNormalization: float,
    InstanceNormalization: float,
    GroupNormalization: float,
    RMSNormalization: float,
    SimplifiedLayerNormalization: float,
    LpNormalization: float,
    MeanVarianceNormalization: float,
  },
};
