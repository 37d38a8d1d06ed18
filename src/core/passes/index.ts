/**
 * The passes that run on a model after onnxruntime's basic optimisation, in order. onnxruntime folds constants and
 * BatchNormalization; what is here is what it does not do.
 */
import { registry } from '../../registry.ts';
import { constantsToInitializers } from './constants-to-initializers.ts';
import { foldGemmScalars } from './fold-gemm-scalars.ts';
import { pruneOpsets } from './prune-opsets.ts';
import { uniqueNames } from './unique-names.ts';

export const PREPARE_PASSES = registry('passes', [
  // First: later passes and plans address nodes and values by name.
  uniqueNames,
  // Before anything that asks whether an input is constant.
  constantsToInitializers,
  // Needs constants as initializers.
  foldGemmScalars,
  // Last: it removes what nothing uses any more.
  pruneOpsets,
]);
