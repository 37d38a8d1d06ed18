/** Every Keras class that can be imported, by family: one file, one line. */
import { registry } from '../../../../registry.ts';
import { operationFamilies } from '../operations/index.ts';
import { activationLayers } from './activation-layers.ts';
import { attentionLayers } from './attention.ts';
import { bidirectionalLayers } from './bidirectional.ts';
import { convLstmLayers } from './conv-lstm.ts';
import { convTransposeLayers } from './conv-transpose.ts';
import { convolutionLayers } from './convolution.ts';
import { denseLayers } from './dense.ts';
import { einsumDenseLayers } from './einsum-dense.ts';
import { embeddingLayers } from './embedding.ts';
import { identityLayers } from './identity.ts';
import { imageLayers } from './image.ts';
import type { LayerFamily, LayerSpec } from './layer.ts';
import { mergingLayers } from './merging.ts';
import { multiHeadAttentionLayers } from './multi-head-attention.ts';
import { normalizationLayers } from './normalization.ts';
import { poolingLayers } from './pooling.ts';
import { recurrentLayers } from './recurrent.ts';
import { reshapingLayers } from './reshaping.ts';
import { scalingLayers } from './scaling.ts';
import { wrapperLayers } from './wrappers.ts';

export const LAYER_FAMILIES = registry<LayerFamily>('Keras layer families', [
  denseLayers,
  einsumDenseLayers,
  embeddingLayers,
  activationLayers,
  identityLayers,
  reshapingLayers,
  mergingLayers,
  convolutionLayers,
  convTransposeLayers,
  poolingLayers,
  normalizationLayers,
  scalingLayers,
  imageLayers,
  recurrentLayers,
  bidirectionalLayers,
  wrapperLayers,
  convLstmLayers,
  attentionLayers,
  multiHeadAttentionLayers,
]);
/** Operations on Keras tensors (`x + 1`, keras.ops): their class names collide with those of layers. */
export const OPERATION_FAMILIES = registry<LayerFamily>('Keras operation families', operationFamilies);

const LAYERS = byClass(LAYER_FAMILIES.all);
const OPERATIONS = byClass(OPERATION_FAMILIES.all);

export function layerSpec(className: string, module: string | undefined): LayerSpec | undefined {
  if (module?.startsWith('keras.src.ops')) return OPERATIONS.get(className);
  return LAYERS.get(className) ?? (module === undefined ? OPERATIONS.get(className) : undefined);
}

function byClass(families: readonly LayerFamily[]): ReadonlyMap<string, LayerSpec> {
  const specs = new Map<string, LayerSpec>();
  for (const { id, layers } of families)
    for (const [className, spec] of Object.entries(layers)) {
      if (specs.has(className)) throw new Error(`Keras layers: ${id} registers ${className} again`);
      specs.set(className, spec);
    }
  return specs;
}
