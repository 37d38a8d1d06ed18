/** Operations on Keras tensors by family; see layers/index.ts. */
import type { LayerFamily } from '../layers/layer.ts';
import { arithmetic } from './arithmetic.ts';
import { reductions } from './reductions.ts';
import { structure } from './structure.ts';
import { unaryOperations } from './unary.ts';

export const operationFamilies: readonly LayerFamily[] = [arithmetic, unaryOperations, reductions, structure];
