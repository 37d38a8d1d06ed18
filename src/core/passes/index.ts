/**
 * The passes in order: those before the runtime sees a model, and those after its basic optimisation. onnxruntime folds
 * constants and BatchNormalization; what is here is what it does not do.
 */
import { registry } from '../../registry.ts';
import { constantsToInitializers } from './constants-to-initializers.ts';
import { defaultsToConstants } from './defaults-to-constants.ts';
import { foldGemmScalars } from './fold-gemm-scalars.ts';
import { foldTransposedNorms } from './fold-transposed-norms.ts';
import { forgetShapes } from './forget-shapes.ts';
import { nameVariadicOutputs } from './name-variadic-outputs.ts';
import { pruneOpsets } from './prune-opsets.ts';
import { splitGemmSums } from './split-gemm-sums.ts';
import { uniqueNames } from './unique-names.ts';
import { widenHalfConstants } from './widen-half-constants.ts';

/**
 * On an imported model: what onnxruntime does not survive is put right, what nothing checks is not believed, and weights are
 * told from inputs.
 */
export const IMPORT_PASSES = registry('import passes', [
  nameVariadicOutputs,
  forgetShapes,
  defaultsToConstants,
]);

/** On the optimised model. */
export const PREPARE_PASSES = registry('passes', [
  // First: later passes and plans address nodes and values by name.
  uniqueNames,
  // Before anything that asks whether an input is constant.
  constantsToInitializers,
  // Behind it, as such constants may be in Constant nodes; before those that look at float32 constants.
  widenHalfConstants,
  // These need constants as initializers. What is split off leaves a product whose alpha can be folded.
  splitGemmSums,
  foldGemmScalars,
  foldTransposedNorms,
  // Last: it removes what nothing uses any more.
  pruneOpsets,
]);
